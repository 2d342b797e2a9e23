using Toss.Tests.Crypto;
using Toss.Tests.Quic.Fuzz;
using Xunit;

namespace Toss.Tests.Fuzz;

/// <summary>The targets that are not QUIC's, and that no corpus is without one.</summary>
public sealed class FuzzTests
{
    public static IEnumerable<TheoryDataRow<string>> Targets =>
        FuzzTargets.All.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_corpus_is_read_as_its_names_say(string target) =>
        FuzzRun.ReadCorpus(target, FuzzTargets.All[target]);

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_mutation_throws(string target) => FuzzRun.Mutate(target, FuzzTargets.All[target]);

    [Fact]
    public void Every_corpus_has_a_target()
    {
        var corpora = Path.Combine(Repository.Root(), "fuzz", "corpus");
        var folders = Directory.GetDirectories(corpora).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        var targets = FuzzTargets.All.Keys.Concat(QuicTargets.All.Keys).Order(StringComparer.Ordinal);
        Assert.Equal(targets, folders);
    }
}
