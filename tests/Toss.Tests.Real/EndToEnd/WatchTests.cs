using System.Text.Json;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>`toss watch --json` of the programs: what a kind of event lacks to be written ahead of time compiled shows here.</summary>
public sealed class WatchTests
{
    [Fact]
    public async Task Everything_that_two_devices_do_is_told()
    {
        await using var two = await TwoPrograms.StartAsync();
        await using var watch = two.A.Begin("watch", "--json");
        var events = new List<JsonElement>();
        var snapshot = await UntilAsync(watch, events, "snapshot");
        Assert.Equal("alpha-desk", snapshot.GetProperty("device").GetProperty("name").GetString());

        await two.PairAsync();
        await UntilAsync(watch, events, "pairing");
        await UntilAsync(watch, events, "device-joined");

        await two.A.CopyAsync("watched here");
        var recorded = await UntilAsync(watch, events, "clip-recorded");
        Assert.Equal("watched here", recorded.GetProperty("clip").GetProperty("preview").GetString());
        var applied = await UntilAsync(
            watch,
            events,
            "delivery",
            one => one.GetProperty("delivery").GetProperty("state").GetString() == "applied"
        );
        Assert.Equal(
            recorded.GetProperty("clip").GetProperty("id").GetString(),
            applied.GetProperty("clip").GetString()
        );

        await two.B.CopyAsync("watched there");
        await UntilAsync(watch, events, "clip-applied");
        (await two.A.RunAsync("rename", "another-desk")).Exits(0);
        await UntilAsync(watch, events, "device");
        (await two.A.RunAsync("rules", "out", "ask")).Exits(0);
        await UntilAsync(watch, events, "rules");
        (await two.A.RunAsync("config", "history-days", "7")).Exits(0);
        await UntilAsync(watch, events, "config");
        (await two.A.RunAsync("pause", "30m")).Exits(0);
        await UntilAsync(watch, events, "pause");
        (await two.A.RunAsync("unpair", "beta-lap", "--yes")).Exits(0);
        await UntilAsync(watch, events, "device-left");
        await two.Relay.KillAsync();
        await UntilAsync(watch, events, "relay");

        (await two.A.RunAsync("down")).Exits(0);
        var ended = (await watch.EndAsync()).Exits(3);
        Assert.Equal("no-daemon", ended.JsonError().GetProperty("code").GetString());
        var numbers = events.Skip(1).Select(one => one.GetProperty("sequence").GetInt64()).ToArray();
        Assert.Equal(numbers.Order().Distinct(), numbers);
    }

    [Fact]
    public async Task Ctrl_c_ends_it_and_the_agent_goes_on()
    {
        await using var one = await TossProgram.StartAsync("alpha-desk", null);
        await using var watch = one.Begin("watch");
        Assert.Contains("alpha-desk", await watch.ReadLineAsync());
        watch.Interrupt();
        (await watch.EndAsync()).Exits(0);
        (await one.RunAsync("status")).Exits(0);
    }

    private static async Task<JsonElement> UntilAsync(
        RunningCommand watch,
        List<JsonElement> events,
        string kind,
        Func<JsonElement, bool>? which = null
    )
    {
        while (true)
        {
            var next = JsonSerializer.Deserialize<JsonElement>(await watch.ReadLineAsync());
            events.Add(next);
            if (next.GetProperty("event").GetString() == kind && which?.Invoke(next) != false)
            {
                return next;
            }
        }
    }
}
