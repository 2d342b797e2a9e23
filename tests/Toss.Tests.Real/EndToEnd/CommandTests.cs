using System.Text.Json;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>The commands beside pairing, each as a script uses it, on two devices that are paired once.</summary>
public sealed class CommandTests(CommandTests.Paired paired) : IClassFixture<CommandTests.Paired>
{
    private TossProgram A => paired.Two.A;

    private TossProgram B => paired.Two.B;

    [Fact]
    public async Task Devices_are_the_two_and_one_is_oneself()
    {
        var devices = (await A.JsonAsync("devices")).EnumerateArray().ToArray();
        Assert.All(devices, device => AssertShape(device, "id", "name", "online", "self"));
        Assert.Equal(
            ["alpha-desk True", "beta-lap False"],
            devices.Select(device => $"{device.GetProperty("name")} {device.GetProperty("self")}").Order()
        );
        var own = (await A.JsonAsync("status")).GetProperty("device");
        AssertShape(own, "id", "name", "fingerprint");
        Assert.Equal(
            own.GetProperty("id").GetString(),
            devices.Single(device => device.GetProperty("self").GetBoolean()).GetProperty("id").GetString()
        );
    }

    [Fact]
    public async Task Copy_and_paste_take_types_files_and_patience()
    {
        using var folder = new TemporaryFolder();
        var page = folder["page.html"];
        await File.WriteAllTextAsync(page, "<h1>from a file</h1>");
        var copied = await A.JsonAsync("copy", "--file", page);
        Assert.Equal(1, copied.GetProperty("peers").GetInt32());
        await B.PastesAsync("<h1>from a file</h1>"u8.ToArray(), MediaTypes.Html);
        Assert.Equal(
            "empty",
            (await B.RunAsync("paste", "--type", "image/png", "--json"))
                .Exits(1)
                .JsonError()
                .GetProperty("code")
                .GetString()
        );

        // Waits for what is not there yet, and ends with it; raw bytes, no line end added.
        await using var waiting = B.Begin("paste", "--type", "image/png", "--wait", "50");
        await A.CopyAsync(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G', 0, 10 }, "image/png");
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G', 0, 10], (await waiting.EndAsync()).Exits(0).Bytes);

        (await A.RunAsync("copy", "as an argument")).Exits(0);
        await B.PastesAsync("as an argument");
        (await A.RunAsync("copy", "both", "--file", page)).Exits(2);
        (await A.RunAsync("copy", "--file", folder["absent.txt"])).Exits(2);
        (await A.RunAsync("copy", "--file", "/etc/hostname")).Exits(2);
    }

    [Fact]
    public async Task History_is_newest_first_searched_and_limited()
    {
        string[] texts = ["history apple", "history pear", "history appletree"];
        foreach (var text in texts)
        {
            await A.CopyAsync(text);
            await B.PastesAsync(text);
        }
        var all = (await B.JsonAsync("history", "history ")).EnumerateArray().ToArray();
        Assert.Equal(texts.Reverse(), all.Select(entry => entry.GetProperty("preview").GetString()));
        Assert.All(
            all,
            entry => AssertShape(entry, "id", "at", "origin", "types", "size", "preview", "pinned", "tags")
        );
        Assert.All(all, entry => AssertShape(entry.GetProperty("origin"), "id", "name"));
        Assert.Equal("alpha-desk", all[0].GetProperty("origin").GetProperty("name").GetString());
        Assert.Equal(MediaTypes.Text, Assert.Single(all[0].GetProperty("types").EnumerateArray()).GetString());
        Assert.Equal(texts[2].Length, all[0].GetProperty("size").GetInt32());
        Assert.InRange(
            all[0].GetProperty("at").GetDateTimeOffset(),
            DateTimeOffset.UtcNow.AddMinutes(-5),
            DateTimeOffset.UtcNow.AddMinutes(1)
        );
        Assert.Equal(2, (await B.JsonAsync("history", "apple")).GetArrayLength());
        var newest = Assert.Single((await B.JsonAsync("history", "apple", "--limit", "1")).EnumerateArray());
        Assert.Equal("history appletree", newest.GetProperty("preview").GetString());
        (await B.RunAsync("history", "--limit", "0")).Exits(2);
    }

    [Fact]
    public async Task Paused_nothing_goes_out_and_resumed_it_does()
    {
        await A.JsonAsync("pause");
        var refused = (await A.RunAsync("copy", "while paused", "--json")).Exits(4).JsonError();
        Assert.Equal("paused", refused.GetProperty("code").GetString());
        Assert.Contains("paused", (await A.RunAsync("status")).Exits(0).Errors, StringComparison.Ordinal);
        await A.JsonAsync("resume");
        (await A.RunAsync("copy", "after the pause")).Exits(0);
        await B.PastesAsync("after the pause");
        Assert.Equal(0, (await B.JsonAsync("history", "while paused")).GetArrayLength());
    }

    [Fact]
    public async Task Settings_are_listed_set_judged_and_reset()
    {
        var all = (await A.JsonAsync("config")).EnumerateArray().ToArray();
        Assert.Contains("relay", all.Select(entry => entry.GetProperty("key").GetString()));
        Assert.Equal("7", (await A.JsonAsync("config", "max-size", "7")).GetProperty("value").GetString());
        Assert.Equal("7\n", (await A.RunAsync("config", "max-size")).Exits(0).Output);
        var tooLarge = await A.RunWithInputAsync(
            new byte[7 * 1024 * 1024 + 1],
            "copy",
            "--type",
            "image/bmp",
            "--json"
        );
        Assert.Equal("too-large", tooLarge.Exits(4).JsonError().GetProperty("code").GetString());
        foreach (var wrong in (string[])["0", "many", "-1"])
        {
            var error = (await A.RunAsync("config", "--json", "max-size", "--", wrong)).Exits(2).JsonError();
            Assert.Contains("max-size", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        Assert.Contains(
            "no-such-key",
            (await A.RunAsync("config", "no-such-key")).Exits(2).Errors,
            StringComparison.Ordinal
        );
        await A.JsonAsync("config", "max-size", "--default");
        Assert.NotEqual("7\n", (await A.RunAsync("config", "max-size")).Exits(0).Output);
    }

    [Fact]
    public async Task A_new_name_is_known_everywhere()
    {
        await B.JsonAsync("rename", "Bertas Rechner");
        await Eventually.HoldsAsync(
            "the new name at the other device",
            async () => (await A.PeersAsync()).SequenceEqual(["Bertas Rechner"]),
            A.StateAsync
        );
        (await B.RunAsync("rename", "")).Exits(2);
        await B.JsonAsync("rename", B.Name);
        await Eventually.HoldsAsync(
            "the old name again",
            async () => (await A.PeersAsync()).SequenceEqual([B.Name]),
            A.StateAsync
        );
    }

    [Fact]
    public async Task Trace_names_the_stages_and_logs_hold_no_content()
    {
        const string Text = "to be traced, not to be logged";
        await A.CopyAsync(Text);
        await B.PastesAsync(Text);
        await Eventually.HoldsAsync(
            "the receipt",
            async () =>
                (await A.Control.GetHistoryAsync(Text, 1, CancellationToken.None))
                    is [{ Deliveries: [{ State: "applied" }] }],
            A.StateAsync
        );
        Assert.Equal(["Capture", "Admit", "Record", "Distribute", "Find a path", "Seal", "Send"], await StagesAsync(A));
        Assert.Equal(["Receive", "Open", "Accept", "Apply"], await StagesAsync(B));

        var lines = (await B.RunAsync("logs", "--lines", "1000", "--json")).Exits(0).JsonLines();
        Assert.NotEmpty(lines);
        Assert.All(lines, line => AssertShape(line, "at", "level", "source", "message"));
        foreach (var program in (TossProgram[])[A, B])
        {
            var log = (await program.RunAsync("logs", "--lines", "1000")).Exits(0).Output;
            Assert.DoesNotContain(Text, log, StringComparison.Ordinal);
        }
        Assert.Equal(2, (await B.RunAsync("logs", "-n", "2")).Exits(0).Output.Count(letter => letter == '\n'));
    }

    [Fact]
    public async Task Without_an_agent_commands_say_so()
    {
        await using var down = new TossProgram("nobody");
        foreach (var command in (string[])["status", "devices", "history", "copy", "paste", "pause", "trace"])
        {
            var error = (await down.RunAsync(command, "--json")).Exits(3).JsonError();
            AssertShape(error, "code", "message", "hint");
            Assert.Equal("no-daemon", error.GetProperty("code").GetString());
        }
        (await down.RunAsync("no-such-command")).Exits(2);
    }

    internal static void AssertShape(JsonElement value, params string[] names) =>
        Assert.Equal(names, value.EnumerateObject().Select(property => property.Name));

    /// <summary>The stages of the last clip, in their order, each once. That `toss copy` shows it here too is beside the way.</summary>
    private static async Task<string[]> StagesAsync(TossProgram program)
    {
        var trace = Assert.Single((await program.JsonAsync("trace", "--limit", "1")).EnumerateArray());
        AssertShape(trace, "clip", "direction", "startedAt", "stages");
        Assert.All(
            trace.GetProperty("stages").EnumerateArray(),
            stage => AssertShape(stage, "name", "atMs", "tookMs", "note")
        );
        return
        [
            .. trace
                .GetProperty("stages")
                .EnumerateArray()
                .Select(stage => stage.GetProperty("name").GetString()!)
                .Where(name => trace.GetProperty("direction").GetString() != "out" || name != "Apply")
                .Distinct(),
        ];
    }

    /// <summary>Two devices for the whole class: what a test changes, it changes back.</summary>
    public sealed class Paired : IAsyncLifetime
    {
        internal TwoPrograms Two { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Two = await TwoPrograms.PairedAsync();

        public ValueTask DisposeAsync() => Two.DisposeAsync();
    }
}
