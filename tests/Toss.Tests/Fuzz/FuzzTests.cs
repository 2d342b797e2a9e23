using System.Globalization;
using Toss.Tests.Crypto;
using Xunit;

namespace Toss.Tests.Fuzz;

/// <summary>
/// What decodes bytes from outside says no, and never throws. Entries of `fuzz/corpus/TARGET/` named `ok…` must be
/// accepted, the others refused, and a fixed number of mutations of each may be either. `scripts/fuzz` runs the same for
/// longer, with fresh seeds.
/// </summary>
public sealed class FuzzTests
{
    private const int FixedSeed = 20260301;

    public static IEnumerable<TheoryDataRow<string>> Targets =>
        FuzzTargets.All.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_corpus_is_read_as_its_names_say(string target)
    {
        var files = Files(target);
        Assert.Contains(files, IsGood);
        foreach (var file in files)
        {
            Assert.True(FuzzTargets.All[target].Read(File.ReadAllBytes(file)) == IsGood(file), file);
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_mutation_throws(string target)
    {
        var (read, cost) = FuzzTargets.All[target];
        var seed = Setting("TOSS_FUZZ_SEED", FixedSeed);
        var mutations = Setting("TOSS_FUZZ_MUTATIONS", 4000) / cost;
        var corpus = Files(target).ConvertAll(File.ReadAllBytes);
        foreach (var entry in corpus)
        {
            var random = new Random(seed);
            for (var i = 0; i < mutations; i++)
            {
                var input = Mutation.Of(entry, corpus, random);
                try
                {
                    read(input);
                }
                catch (Exception failure)
                {
                    Assert.Fail(
                        $"{target}, seed {seed}: {Convert.ToHexString(input)} throws {failure}\n"
                            + $"Keep the bytes as fuzz/corpus/{target}/bad-….bin once it is mended."
                    );
                }
            }
        }
    }

    [Fact]
    public void Every_corpus_has_a_target()
    {
        var folders = Directory.GetDirectories(Corpus).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        Assert.Equal(FuzzTargets.All.Keys.Order(StringComparer.Ordinal), folders);
    }

    private static string Corpus => Path.Combine(Repository.Root(), "fuzz", "corpus");

    private static bool IsGood(string file) => Path.GetFileName(file).StartsWith("ok", StringComparison.Ordinal);

    private static List<string> Files(string target) =>
        [.. Directory.GetFiles(Path.Combine(Corpus, target)).Order(StringComparer.Ordinal)];

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value)
            ? value
            : otherwise;
}
