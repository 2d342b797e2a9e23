using Toss.Agent;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Testing.Simulation;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Large clips whose content does not come with them: how often, where and how long it is looked for.</summary>
public sealed class LargeClipTests
{
    private static readonly string s_large = new('x', 200_000);

    /// <summary>
    /// Nobody answers, or what comes never verifies: it is tried ever more rarely, and is lost after a week, until its sender
    /// is back and sends it again.
    /// </summary>
    [Theory]
    [InlineData(BlobTransferStatus.NoPath)]
    [InlineData(BlobTransferStatus.Stopped)]
    public void A_large_clip_that_does_not_come_is_given_up_after_a_week_and_comes_when_its_sender_is_back(
        BlobTransferStatus fails
    )
    {
        var (world, a, b) = Paired();
        var (asked, isOpen) = (0, false);
        b.Kill();
        b.Plant = FetchesOnly(
            _ =>
            {
                asked += isOpen ? 0 : 1;
                return isOpen;
            },
            fails
        );
        b.Start();
        Copy(a, s_large);
        world.Scheduler.RunUntil(() => b.History.Count == 1, TimeSpan.FromMinutes(1), "B to hear of it");
        a.Kill();

        world.Scheduler.RunFor(TimeSpan.FromDays(6.9));
        Assert.Equal("incomplete", StateOf(b));
        world.Scheduler.RunFor(TimeSpan.FromDays(0.4));
        Assert.Equal("lost", StateOf(b));
        Assert.InRange(asked, 40, 80);
        world.Scheduler.RunFor(TimeSpan.FromDays(0.7));
        Assert.InRange(asked, 40, 80);

        isOpen = true;
        a.Start();
        world.Scheduler.RunUntil(() => b.Text == s_large, TimeSpan.FromHours(2), "B to have it");
    }

    /// <summary>It is here from its origin, but not whole, when a third device sends the same: its content comes from there.</summary>
    [Fact]
    public void What_is_not_whole_comes_from_another_peer_that_sends_it_too()
    {
        var (world, a, b) = Paired();
        var c = world.AddDevice("c");
        world.Pair(a, c);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        b.Kill();
        Copy(c, "of the third");
        world.Scheduler.RunUntil(() => a.Text == "of the third", TimeSpan.FromMinutes(1), "A's clipboard");
        Copy(a, s_large);
        world.Scheduler.RunUntil(() => c.Text == s_large, TimeSpan.FromMinutes(1), "C's clipboard");
        // Longer than rows live: each of the two finds for itself that B lacks it.
        a.Kill();
        c.Kill();
        world.Scheduler.RunFor(TimeSpan.FromDays(9));
        var holder = c.Id;
        b.Plant = FetchesOnly(from => from == holder, BlobTransferStatus.Missing);
        a.Start();
        b.Start();
        world.Scheduler.RunUntil(() => b.History.Any(IsIncomplete), TimeSpan.FromHours(2), "B to have it from A");
        a.Kill();

        c.Start();

        world.Scheduler.RunUntil(() => b.Text == s_large, TimeSpan.FromHours(2), "B to have it whole");
        a.Start();
        // Both are answered: the one that had it, and the one that did not.
        world.Scheduler.RunUntil(
            () => a.Pending.Values.Sum() == 0 && c.Pending.Values.Sum() == 0,
            TimeSpan.FromHours(2),
            "both to be answered"
        );
        Assert.Single(b.History, clip => clip.Clip.Blobs.Any());

        static bool IsIncomplete(StoredClip clip) => clip.State == ClipState.Incomplete;
    }

    private static (SimWorld World, SimDevice A, SimDevice B) Paired()
    {
        var world = new SimWorld(3);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        return (world, a, b);
    }

    /// <summary>A network that brings blobs of those only; of others it says what is given.</summary>
    private static Func<AgentPorts, AgentPorts> FetchesOnly(Func<DeviceId, bool> from, BlobTransferStatus others) =>
        ports =>
            ports with
            {
                Network = Interposed<IPeerNetwork>.Between(
                    ports.Network,
                    (call, arguments, goOn) =>
                        call != nameof(IPeerNetwork.FetchBlobAsync) || from(HolderIn(arguments))
                            ? goOn()
                            : new ValueTask<BlobTransferResult>(new BlobTransferResult(others))
                ),
            };

    private static DeviceId HolderIn(object?[] arguments) =>
        arguments[0] is PeerAddress address ? address.Peer : (DeviceId)arguments[0]!;

    private static string StateOf(SimDevice device) =>
        Assert.Single(device.Call(control => control.GetHistoryAsync(null, 9, default))!).State;
}
