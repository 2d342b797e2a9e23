using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>The schedules can fail: each bug planted in Toss.Quic is found within the seeds that CI runs.</summary>
[Trait("Seeds", "all")]
public sealed class QuicMutantTests
{
    private const ulong Seeds = 300;

    private static readonly Dictionary<string, Func<QuicMutant>> s_mutants = new()
    {
        ["ACK ranges are off by one"] = static () => QuicMutant.Replaced("FrameWriter", "Before", 1, 0),
        ["The probe time-out is not reset"] = static () => QuicMutant.Unassigned("LossDetection", "OnAck", "_probes"),
        ["No limit before the address is validated"] = static () =>
            QuicMutant.Always("ConnectionPath", "get_Budget", long.MaxValue),
        ["Credit is larger than the peer said"] = static () => QuicMutant.Off("Allowance", "get_Available", 100_000),
        ["Keys are updated and the old ones kept for ever"] = static () =>
            QuicMutant.Without("OneRttProtector", "DropOld"),
        ["Duplicates are taken"] = static () => QuicMutant.Always("AckTracker", "IsDuplicate", 0),
        ["What is lost is not sent again"] = static () => QuicMutant.Without("Connection", "SendAgain"),
        ["Losses are not looked for"] = static () => QuicMutant.Without("LossDetection", "DetectLosses"),
        ["What is settled stays in flight"] = static () => QuicMutant.Without("LossDetection", "Settle"),
        ["Challenges are not answered"] = static () => QuicMutant.Without("ConnectionPath", "OnChallenge"),
        ["A peer that moves is not followed"] = static () => QuicMutant.Without("Connection", "OnPeerMoved"),
        ["Paths are not validated"] = static () => QuicMutant.Without("Connection", "OnPathResponse"),
        ["Retired connection IDs are not replaced"] = static () => QuicMutant.Without("LocalIds", "OnRetire"),
        ["No window is opened again"] = static () => QuicMutant.Always("Grant", "get_IsUpdateDue", 0),
        ["Windows ignore what the peer used"] = static () => QuicMutant.Without("Grant", "Consume"),
        ["Blocks are given back too early"] = static () => QuicMutant.Without("BlockBuffer", "Restart"),
        ["Blocks are never given back"] = static () => QuicMutant.Without("BlockBuffer", "ReleaseBefore"),
        ["A shrunken path is not noticed"] = static () => QuicMutant.Without("PathMtu", "CheckBlackHole"),
        ["The idle time-out is not put off"] = static () =>
            QuicMutant.Unassigned("Connection", "OnOpened", "_lastReceived"),
        ["ACKs are never due"] = static () => QuicMutant.Always("AckTracker", "MustAck", 0),
        ["HANDSHAKE_DONE is sent once at most"] = static () =>
            QuicMutant.Unassigned("Connection", "SendAgain", "_handshakeDoneDue"),
        ["Streams that waited for credit are forgotten"] = static () => QuicMutant.Without("StreamSchedule", "Resume"),
        ["The end of a stream is lost with its packet"] = static () =>
            QuicMutant.Unassigned("SendBuffer", "Lost", "_finLost"),
    };

    public static TheoryData<string> Mutants => [.. s_mutants.Keys];

    [Fact]
    public void A_copy_without_a_bug_agrees()
    {
        using var copy = QuicMutant.None();
        for (ulong seed = 0; seed < 10; seed++)
        {
            copy.Run(seed);
        }
    }

    [Theory]
    [MemberData(nameof(Mutants))]
    public void A_planted_bug_is_found(string name)
    {
        using var mutant = s_mutants[name]();
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            try
            {
                mutant.Run(seed);
            }
            catch (InvalidOperationException exception)
                when (exception.Message.StartsWith("Seed ", StringComparison.Ordinal))
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}: {exception.Message}");
                return;
            }
        }
        Assert.Fail($"{Seeds} seeds know nothing of it: {name}.");
    }
}
