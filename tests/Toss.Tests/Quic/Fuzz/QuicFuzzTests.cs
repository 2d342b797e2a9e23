using Toss.Quic;
using Toss.Tests.Crypto;
using Toss.Tests.Fuzz;
using Xunit;

namespace Toss.Tests.Quic.Fuzz;

/// <summary>Whatever a peer or a stranger sends, nothing throws, stalls or grows without bound.</summary>
public sealed class QuicFuzzTests
{
    public static IEnumerable<TheoryDataRow<string>> Targets =>
        QuicTargets.All.Keys.Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_corpus_is_read_as_its_names_say(string target) =>
        FuzzRun.ReadCorpus(target, QuicTargets.All[target]);

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_mutation_throws(string target) => FuzzRun.Mutate(target, QuicTargets.All[target]);

    /// <summary>Else the corpus knows another handshake than ours: write these bytes there.</summary>
    [Theory]
    [InlineData("client-hello", 0)]
    [InlineData("server-flight", 1)]
    [InlineData("client-flight", 2)]
    public void The_honest_flights_are_those_of_today(string name, int flights)
    {
        var folder = Path.Combine(Repository.Root(), "fuzz", "corpus", "quic-tls");
        foreach (var (form, suffix) in new[] { (CredentialForm.RawPublicKey, ""), (CredentialForm.X509, "-x509") })
        {
            var kept = File.ReadAllBytes(Path.Combine(folder, $"ok-{name}{suffix}.bin"));
            Assert.Equal(Convert.ToHexString(TlsTarget.Honest(flights, form)), Convert.ToHexString(kept));
        }
    }
}
