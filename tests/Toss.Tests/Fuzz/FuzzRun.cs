using System.Diagnostics;
using System.Globalization;
using Toss.Tests.Crypto;
using Xunit;

namespace Toss.Tests.Fuzz;

/// <summary>
/// What decodes bytes from outside says no, and never throws. Entries of `fuzz/corpus/TARGET/` named `ok…` must be
/// accepted, the others refused, and a fixed number of mutations of each may be either. `scripts/fuzz` runs the same for
/// longer, with fresh seeds: a number of mutations (TOSS_FUZZ_MUTATIONS) or, for each target, a time (TOSS_FUZZ_SECONDS).
/// </summary>
internal static class FuzzRun
{
    private const int FixedSeed = 20260301;

    public static void ReadCorpus(string target, FuzzTarget how)
    {
        var files = Files(target);
        Assert.Contains(files, IsGood);
        foreach (var file in files)
        {
            Assert.True(how.Read(File.ReadAllBytes(file)) == IsGood(file), file);
        }
    }

    public static void Mutate(string target, FuzzTarget how)
    {
        var seed = Setting("TOSS_FUZZ_SEED", FixedSeed);
        var mutations = Setting("TOSS_FUZZ_MUTATIONS", 4000) / how.Cost;
        var seconds = Setting("TOSS_FUZZ_SECONDS", 0);
        if (!target.StartsWith(Environment.GetEnvironmentVariable("TOSS_FUZZ_TARGETS") ?? "", StringComparison.Ordinal))
        {
            return;
        }
        var corpus = Files(target).ConvertAll(File.ReadAllBytes);
        if (seconds == 0)
        {
            corpus.ForEach(entry => MutateOne(target, how, entry, corpus, new Random(seed), seed, mutations));
            return;
        }
        var begin = Stopwatch.GetTimestamp();
        var random = new Random(seed);
        for (var runs = 0L; Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; runs++)
        {
            MutateOne(target, how, corpus[(int)(runs % corpus.Count)], corpus, random, seed, 1);
        }
    }

    private static void MutateOne(
        string target,
        FuzzTarget how,
        byte[] entry,
        List<byte[]> corpus,
        Random random,
        int seed,
        int mutations
    )
    {
        for (var i = 0; i < mutations; i++)
        {
            var input = Mutation.Of(entry, corpus, random);
            try
            {
                _ = how.Read(input);
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

    private static bool IsGood(string file) => Path.GetFileName(file).StartsWith("ok", StringComparison.Ordinal);

    private static List<string> Files(string target) =>
        [
            .. Directory
                .GetFiles(Path.Combine(Repository.Root(), "fuzz", "corpus", target))
                .Order(StringComparer.Ordinal),
        ];

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value)
            ? value
            : otherwise;
}
