using Toss.Control;
using Toss.Testing.Relay;
using Xunit;

namespace Toss.Tests.Real.Faults;

/// <summary>One of two devices lives on another day (libfaketime): still the newest copy holds both clipboards.</summary>
public sealed class ClockFaultTests
{
    private const string Library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

    [Theory]
    [InlineData("+1d")]
    [InlineData("-1d")]
    public async Task The_newest_copy_holds_both_clipboards_though_a_clock_is_a_day_off(string off)
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var alice = new FaultDevice();
        await using var bob = OffBy(off);
        await Task.WhenAll(alice.UpAsync(relay.Url), bob.UpAsync());
        // Clips from before the two knew each other must not hold anything later.
        await alice.CopyAsync("alice alone");
        await bob.CopyAsync("bob alone");
        await alice.PairAsync(bob);
        await ComparedAsync(alice, bob, off);
        for (var round = 0; round < 2; round++)
        {
            await bob.CopyAsync($"from bob {round}");
            await alice.HasClipboardAsync($"from bob {round}");
            await alice.CopyAsync($"from alice {round}");
            await bob.HasClipboardAsync($"from alice {round}");
        }

        // A restart forgets the comparison; a greeting brings it back before the next clip needs it.
        await bob.KillAsync();
        await alice.KillAsync();
        await Task.WhenAll(alice.UpAsync(), bob.UpAsync());
        await ComparedAsync(alice, bob, off);
        await bob.CopyAsync("after, from bob");
        await alice.HasClipboardAsync("after, from bob");
        await alice.CopyAsync("after, from alice");
        await bob.HasClipboardAsync("after, from alice");
    }

    [Fact]
    public async Task A_clock_that_is_set_right_holds_nothing_from_its_future()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var alice = new FaultDevice();
        await using var bob = OffBy("+1d");
        await bob.UpAsync(relay.Url);
        await bob.CopyAsync("tomorrow");
        await bob.KillAsync();
        bob["LD_PRELOAD"] = null;
        await bob.UpAsync();
        await alice.UpAsync();
        await bob.PairAsync(alice);
        await alice.CopyAsync("today, from alice");
        await bob.HasClipboardAsync("today, from alice");
        await bob.CopyAsync("today, from bob");
        await alice.HasClipboardAsync("today, from bob");
    }

    private static FaultDevice OffBy(string off) =>
        new(
            null,
            ("LD_PRELOAD", Library),
            ("FAKETIME", off),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1")
        );

    /// <summary>Both have seen how far their clocks are apart, and say so.</summary>
    private static async Task ComparedAsync(FaultDevice alice, FaultDevice bob, string off)
    {
        var (ofBob, ofAlice) = off[0] == '+' ? ("ahead of", "behind") : ("behind", "ahead of");
        await alice.WaitAsync("a word on bob's clock", status => Says(status, $"1440 minutes {ofBob}"));
        await bob.WaitAsync("a word on alice's clock", status => Says(status, $"1440 minutes {ofAlice}"));
    }

    private static bool Says(StatusReport status, string text) =>
        status.Warnings.Any(warning => warning.Message.Contains(text, StringComparison.Ordinal));
}
