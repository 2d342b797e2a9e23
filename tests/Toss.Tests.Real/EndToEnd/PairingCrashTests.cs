using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>
/// SIGKILL of either side while the n-th of the eight messages of pairing is under way: it and what was sent
/// before still arrive, if their receiver lives. Afterwards both hold each other, or neither does.
/// </summary>
public sealed class PairingCrashTests
{
    // pA, pB, cA, cB, the inviter's hello, the joiner's, Admitted, Done: docs/protocol/pairing.md.
    private const int InviterHello = 5;
    private const int JoinerHello = 6;
    private const int Done = 8;

    /// <summary>One after the other with the same two: what an attempt leaves must not stand in the way of the next.</summary>
    [Fact]
    public async Task Killed_before_the_inviter_has_the_joiners_card_neither_holds_the_other()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var tap = new RelayTap(relay.Port);
        await using var inviter = await TossProgram.StartAsync("alpha-desk", tap.Url);
        await using var joiner = await TossProgram.StartAsync("beta-lap", null);
        // The joiner first: while it holds an inviter that was killed, it stays at the relay and waits for it.
        (TossProgram Victim, int Messages)[] kills = [(joiner, InviterHello), (inviter, JoinerHello)];
        foreach (var (victim, messages) in kills)
        {
            for (var message = 1; message <= messages; message++)
            {
                await KillDuringAsync(message, victim, tap, inviter, joiner);
                Assert.Empty(await inviter.PeersAsync());
                Assert.Empty(await joiner.PeersAsync());
            }
        }
        await TwoPrograms.PairAsync(inviter, joiner, opened => [opened.Uri]);
        await inviter.CopyAsync("after all");
        await joiner.PastesAsync("after all");
    }

    /// <summary>The inviter stored the Add: from there on all heals towards "both", through the mailbox if need be.</summary>
    [Theory]
    [InlineData(JoinerHello, true)]
    [InlineData(JoinerHello + 1, true)]
    [InlineData(JoinerHello + 1, false)]
    [InlineData(JoinerHello + 2, true)]
    [InlineData(JoinerHello + 2, false)]
    public async Task Killed_after_the_inviter_has_the_joiners_card_both_hold_each_other(int message, bool isJoiner)
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var tap = new RelayTap(relay.Port);
        await using var inviter = await TossProgram.StartAsync("alpha-desk", tap.Url);
        await using var joiner = await TossProgram.StartAsync("beta-lap", null);
        await KillDuringAsync(message, isJoiner ? joiner : inviter, tap, inviter, joiner);
        await Eventually.HoldsAsync(
            "both to hold each other",
            async () =>
                (await inviter.PeersAsync()).SequenceEqual(["beta-lap"])
                && (await joiner.PeersAsync()).SequenceEqual(["alpha-desk"]),
            async () => $"{await inviter.StateAsync()}\n{await joiner.StateAsync()}"
        );
        await inviter.CopyAsync("after all");
        await joiner.PastesAsync("after all");
    }

    /// <summary>One attempt at pairing, cut short; returns when both commands ended and the victim is up again.</summary>
    private static async Task KillDuringAsync(
        int message,
        TossProgram victim,
        RelayTap tap,
        TossProgram inviter,
        TossProgram joiner
    )
    {
        var killed = KillAt(tap, message, victim);
        await using var show = inviter.Begin("pair", "--json");
        var (_, uri) = await TwoPrograms.OpenedAsync(show);
        await using var join = joiner.Begin("pair", uri, "--json");
        await Watchdog.Within(killed, $"message {message} of pairing");
        tap.Passing = null;

        var (ended, living) = victim == joiner ? (join, show) : (show, join);
        var code = (await ended.EndAsync()).ExitCode;
        // Who has sent the last message is through, and may have said so before it was killed.
        if (message != Done || victim != joiner)
        {
            Assert.NotEqual(0, code);
        }
        // By itself wherever it can know how it ended. An inviter whose joiner went shows its code on; a joiner that gave
        // its Card waits for the mailbox: those are ended by Ctrl-C. The inviter's hello follows its confirmation at once:
        // killed at the one, it may have sent the other.
        var waits = victim == joiner ? message < JoinerHello : message is >= InviterHello - 1 and <= JoinerHello;
        if (waits)
        {
            living.Interrupt();
        }
        var result = await living.EndAsync();
        // Beyond the joiner's Card the living side has all it needs, and says that they are paired.
        if (message > JoinerHello || (message == JoinerHello && victim == joiner))
        {
            result.Exits(0);
        }
        await victim.UpAsync();
        // A newcomer that did not come to hold its inviter was never anywhere.
        await victim.RelayIsAsync(victim == joiner && message < JoinerHello ? "none" : "connected");
    }

    /// <summary>
    /// Holds that message on its last leg, from the relay to its receiver, kills, lets it go. On the first leg the relay
    /// may hear of the sender's end before it reads what was sent, and then either outcome would be right.
    /// </summary>
    private static Task KillAt(RelayTap tap, int message, TossProgram victim)
    {
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = 0;
        tap.Passing = async passing =>
        {
            if (
                passing is { FromAgent: false, Frame.FrameCase: RelayFrame.FrameOneofCase.RendezvousMessage }
                && Interlocked.Increment(ref seen) == message
            )
            {
                try
                {
                    await victim.KillAsync();
                    killed.SetResult();
                }
                catch (Exception failure)
                {
                    killed.SetException(failure);
                }
            }
            return passing.Frame;
        };
        return killed.Task;
    }
}
