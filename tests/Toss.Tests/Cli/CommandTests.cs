using System.Globalization;
using System.Text;
using Toss.Cli.Commands;
using Toss.Cli.Commands.Output;
using Toss.Cli.Daemon;
using Toss.Control;
using Xunit;

namespace Toss.Tests.Cli;

public sealed class CommandTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Up_starts_the_agent_sets_it_and_returns_when_it_answers()
    {
        using var bench = new CommandBench();
        bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "no");
        bench.Launcher.OnStart = () => bench.Control.Fail = null;
        Assert.Equal(0, await bench.RunAsync("up", "--headless", "--name", "desk", "--relay", "wss://r", "--json"));
        Assert.Equal([new DaemonOptions(true)], bench.Launcher.Started);
        Assert.Contains("rename desk", bench.Control.Calls);
        Assert.Contains("config relay=wss://r", bench.Control.Calls);
        Assert.Equal("""{"started":true,"pid":4711,"version":"0.1.0"}""" + "\n", bench.Out);
    }

    [Fact]
    public async Task Status_says_how_good_a_path_is()
    {
        using var bench = new CommandBench();
        var path = new PathStatus("lan", 0.44)
        {
            Address = "192.0.2.7:4711",
            Since = FakeControl.Now,
            Loss = 0.0123,
        };
        bench.Control.Status = bench.Control.Status with
        {
            Peers = [new PeerStatus("ID-B", "phone", true, path, 0, null)],
        };
        Assert.Equal(0, await bench.RunAsync("status"));
        Assert.Contains("lan, 0.4 ms, 1.2 % lost, 192.0.2.7:4711, since", bench.Out);
    }

    [Fact]
    public async Task Status_tells_how_far_large_content_has_come_or_why_it_waits()
    {
        using var bench = new CommandBench();
        bench.Control.Status = bench.Control.Status with
        {
            Transfers =
            [
                new TransferReport(7, "in", "phone", "clip-3", 3 << 20, 12 << 20, 1_572_864, 6, "running", null),
                new TransferReport(8, "in", null, "clip-4", 0, 12 << 20, null, null, "waiting", "waits for desk"),
            ],
        };
        Assert.Equal(0, await bench.RunAsync("status"));
        foreach (var told in new[] { "from phone", "3 MiB of 12 MiB", "1.5 MiB/s", "6 seconds", "waits for desk" })
        {
            Assert.Contains(told, bench.Out);
        }
        Assert.Equal(0, await bench.RunAsync("cancel", "7"));
        Assert.Contains("nothing of what came from phone is kept", bench.Out);
    }

    [Fact]
    public async Task Up_of_a_running_agent_starts_nothing()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("up"));
        Assert.Empty(bench.Launcher.Started);
        Assert.Contains("already up as laptop", bench.Out);
    }

    [Fact]
    public async Task Up_prints_why_the_agent_ended()
    {
        using var bench = new CommandBench();
        bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "no");
        bench.Launcher.Ended = Task.CompletedTask;
        bench.Launcher.Reason = new ControlError(ControlErrors.Storage, "the disk is full", "make room");
        Assert.Equal(1, await bench.RunAsync("up"));
        Assert.Equal("toss: the disk is full\n      make room\n", bench.Error);
    }

    [Fact]
    public async Task Up_gives_up_on_an_agent_that_never_answers()
    {
        using var bench = new CommandBench();
        bench.Time.AutoAdvanceAmount = TimeSpan.FromSeconds(31);
        bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "no");
        Assert.Equal(1, await bench.RunAsync("up"));
        Assert.Contains("not ready after 30 seconds", bench.Error);
    }

    [Fact]
    public async Task Up_with_a_refused_relay_leaves_no_agent_it_started()
    {
        using var bench = new CommandBench();
        bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "no");
        bench.Launcher.OnStart = () => bench.Control.Fail = null;
        bench.Control.RefuseConfig = new ControlException(ControlErrors.InvalidConfig, "relay: not wss://");
        Assert.Equal(2, await bench.RunAsync("up", "--relay", "http://x"));
        Assert.Equal("toss: relay: not wss://\n", bench.Error);
        Assert.Equal("stop", bench.Control.Calls[^1]);
    }

    [Fact]
    public async Task Rules_are_a_table()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("rules"));
        Assert.Matches(@"out\W+any\W+any\W+ask", bench.Out);
        Assert.Matches(@"out\W+phone\W+picture\W+never", bench.Out);
        Assert.Matches(@"in\W+any\W+any\W+at most 16 MiB", bench.Out);
        using var none = new CommandBench();
        none.Control.Rules.Clear();
        Assert.Equal(0, await none.RunAsync("rules"));
        Assert.StartsWith("No rules: everything is shared", none.Out);
    }

    [Theory]
    [InlineData("rules out ask", "rule out device= type= ask max=")]
    [InlineData("rules in never --device phone --type url", "rule in device=phone type=url never max=")]
    [InlineData("rules in --max-size 12", "rule in device= type=  max=12")]
    [InlineData("rules out default --max-size none --device phone", "rule out device=phone type= default max=0")]
    [InlineData("rules reset", "reset rules")]
    [InlineData("send", "send ")]
    [InlineData("send --to phone", "send phone")]
    [InlineData("send --clip 0193 --to phone", "send phone clip=0193")]
    [InlineData("accept 0193", "accept 0193")]
    [InlineData("cancel 7", "cancel 7")]
    [InlineData("pause", "pause")]
    [InlineData("pause 90s", "pause 90")]
    [InlineData("pause 30m", "pause 1800")]
    [InlineData("pause 2h", "pause 7200")]
    [InlineData("pause 1d", "pause 86400")]
    public async Task What_is_asked_for_is_asked_of_the_agent(string line, string call)
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync(line.Split(' ')));
        Assert.Equal([call], bench.Control.Calls);
        Assert.NotEmpty(bench.Out);
    }

    [Fact]
    public async Task Wrong_usage_of_a_command_within_another_names_both()
    {
        using var bench = new CommandBench();
        Assert.Equal(2, await bench.RunAsync("rules", "out"));
        Assert.Equal("toss: Give a RULE, --max-size, or both.\n      see `toss rules out --help`\n", bench.Error);
    }

    [Fact]
    public async Task Status_says_when_a_pause_ends()
    {
        using var bench = new CommandBench();
        bench.Control.Status = bench.Control.Status with { Paused = true, PausedUntil = FakeControl.Now };
        Assert.Equal(0, await bench.RunAsync("status"));
        var end = FakeControl.Now.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        Assert.Contains($"sharing is paused until {end}; `toss resume` goes on", bench.Error);
    }

    [Theory]
    [InlineData(true, "geh\b\bheim\n", "gheim")]
    [InlineData(true, "grün\n", "grün")]
    [InlineData(false, "ge heim\r\nmore", "ge heim")]
    [InlineData(false, "no end", "no end")]
    public async Task Keeping_history_asks_for_a_password_and_shows_none_of_it(bool terminal, string input, string sent)
    {
        using var bench = new CommandBench { Terminal = terminal, Input = input };
        Assert.Equal(0, await bench.RunAsync("history", "--keep"));
        Assert.Equal([$"keep history with {sent}"], bench.Control.Calls);
        Assert.Equal(terminal, bench.Error.Contains("Password of", StringComparison.Ordinal));
        Assert.DoesNotContain(sent, bench.Out + bench.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "\n", 4)]
    [InlineData(false, "", 4)]
    [InlineData(true, null, 2)]
    [InlineData(false, null, 2)]
    public async Task What_is_no_password_is_not_sent(bool terminal, string? input, int exit)
    {
        using var bench = new CommandBench { Terminal = terminal, Input = input ?? new string('x', 512) + "\n" };
        Assert.Equal(exit, await bench.RunAsync("history", "--keep"));
        Assert.Empty(bench.Control.Calls);
    }

    [Fact]
    public async Task A_password_from_a_pipe_is_there_with_its_line_whoever_holds_the_pipe()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        using var bench = new CommandBench { Pipe = pipe.Reader.AsStream() };
        await pipe.Writer.WriteAsync("ge"u8.ToArray(), Ct);
        var running = bench.RunAsync("history", "--keep");
        await pipe.Writer.WriteAsync(" heim\n"u8.ToArray(), Ct);
        Assert.Equal(0, await running);
        Assert.Equal(["keep history with ge heim"], bench.Control.Calls);
    }

    [Fact]
    public async Task Of_locked_history_all_is_kept_and_not_what_matches()
    {
        using var bench = new CommandBench { Input = "geheim\n" };
        Assert.Equal(2, await bench.RunAsync("history", "letter", "--keep"));
        Assert.Contains("Give QUERY or --keep, not both", bench.Error, StringComparison.Ordinal);
        Assert.Empty(bench.Control.Calls);
    }

    [Theory]
    [InlineData("y\n", true)]
    [InlineData("what?\nyes\n", true)]
    [InlineData("n\n", false)]
    [InlineData("", false)]
    public async Task Pair_asks_before_it_adds(string answer, bool accepted)
    {
        using var bench = new CommandBench { Input = answer };
        await bench.Control.Pairing.Writer.WriteAsync(new PairingConfirm("p", "phone", "CCCC"), Ct);
        await bench.Control.Pairing.Writer.WriteAsync(
            accepted ? new PairingDone("ID-B", "phone") : new PairingFailed("declined", "you said no", null),
            Ct
        );
        Assert.Equal(accepted ? 0 : 4, await bench.RunAsync("pair"));
        Assert.Equal(accepted, await bench.Control.Answer.Task);
        Assert.Contains("Add phone (fingerprint CCCC)?", bench.Error);
        Assert.Equal("pair yes=False", bench.Control.Calls[0]);
    }

    [Fact]
    public async Task Pair_yes_does_not_ask()
    {
        using var bench = new CommandBench();
        await bench.Control.Pairing.Writer.WriteAsync(new PairingConfirm("p", "phone", "CCCC"), Ct);
        await bench.Control.Pairing.Writer.WriteAsync(new PairingDone("ID-B", "phone"), Ct);
        Assert.Equal(0, await bench.RunAsync("pair", "--yes"));
        Assert.Equal(["pair yes=True", "confirm p True"], bench.Control.Calls);
        Assert.DoesNotContain("[y/n]", bench.Error);
    }

    [Theory]
    [InlineData("pair")]
    [InlineData("pair", "--json")]
    [InlineData("pair", "123456789")]
    public async Task Ctrl_C_withdraws_the_pairing(params string[] arguments)
    {
        using var bench = new CommandBench();
        using var interrupt = new CancellationTokenSource();
        bench.Control.OnPairing = interrupt.Cancel;
        Assert.Equal(1, await bench.RunAsync(interrupt.Token, arguments));
        await bench.Control.PairingWithdrawn.Task.WaitAsync(TimeSpan.FromSeconds(60), Ct);
        Assert.Contains(arguments.Contains("--json") ? "\"withdrawn\"" : "pairing was ended", bench.Error);
    }

    [Fact]
    public async Task On_a_terminal_pair_draws_a_code_that_fits()
    {
        var opened = new PairingOpened("p", "123456789", "toss://pair#abc", FakeControl.Now);
        using var wide = new CommandBench { Terminal = true, Colours = true };
        await wide.Control.Pairing.Writer.WriteAsync(opened, Ct);
        await wide.Control.Pairing.Writer.WriteAsync(new PairingDone("ID-B", "phone"), Ct);
        Assert.Equal(0, await wide.RunAsync("pair"));
        Assert.Contains("█", wide.Out);
        Assert.Contains("toss pair 123456789", wide.Out);

        using var narrow = new CommandBench { Terminal = true, Width = 20 };
        await narrow.Control.Pairing.Writer.WriteAsync(opened, Ct);
        await narrow.Control.Pairing.Writer.WriteAsync(new PairingDone("ID-B", "phone"), Ct);
        Assert.Equal(0, await narrow.RunAsync("pair"));
        Assert.DoesNotContain("█", narrow.Out);
        Assert.Contains("needs a terminal of", narrow.Out);
    }

    [Fact]
    public void A_drawn_code_has_its_finder_and_quiet_zone_in_both_ways()
    {
        var coloured = TerminalQr.Draw("toss://pair#abc", colours: true).Split('\n');
        var plain = TerminalQr.Draw("toss://pair#abc", colours: false).Split('\n');
        var columns = TerminalQr.Columns("toss://pair#abc");
        Assert.Equal(columns, plain[0].Length);
        // Four rows of quiet zone are two lines: light, so blank on white, and full blocks on a dark terminal.
        Assert.Contains(new string(' ', columns), coloured[0]);
        Assert.Equal(new string('█', columns), plain[0]);
        // A finder pattern is seven dark modules wide, after four of quiet zone.
        Assert.Contains("    █▀▀▀▀▀█ ", coloured[2]);
        Assert.StartsWith("████ ▄▄▄▄▄ █", plain[2]);
        Assert.All(coloured[..^1], line => Assert.EndsWith("\e[0m", line));
    }

    [Theory]
    [InlineData("y\n", 0)]
    [InlineData("n\n", 4)]
    public async Task Unpair_and_leave_ask_on_a_terminal(string answer, int exit)
    {
        foreach (
            var command in (string[][])
                [
                    ["unpair", "phone"],
                    ["leave"],
                ]
        )
        {
            using var bench = new CommandBench { Terminal = true, Input = answer };
            Assert.Equal(exit, await bench.RunAsync(command));
            Assert.Equal(exit == 0 ? 1 : 0, bench.Control.Calls.Count(call => call != "devices"));
            Assert.Contains("[y/n]", bench.Error);
        }
    }

    /// <summary>Phone let tablet in, and tablet watch: whoever stays, stays with those that led to it.</summary>
    [Theory]
    [InlineData("phone", "", "tablet, watch")]
    [InlineData("CCCC DDDD", "", "tablet, watch")]
    [InlineData("ID-B", "", "tablet, watch")]
    [InlineData("phone", "watch", "")]
    [InlineData("phone", "tablet", "")]
    [InlineData("phone", "EEEE FFFF", "")]
    public async Task Unpair_says_who_goes_too(string device, string keep, string along)
    {
        using var bench = new CommandBench { Terminal = true, Input = "y\n" };
        bench.Control.Devices.Add(new("ID-C", "tablet", false, false, "EEEE FFFF", "phone", "ID-B", null));
        bench.Control.Devices.Add(new("ID-D", "watch", false, false, "GGGG HHHH", "tablet", "ID-C", null));
        string[] kept = keep.Length == 0 ? [] : ["--keep", keep];
        Assert.Equal(0, await bench.RunAsync(["unpair", device, .. kept]));
        Assert.Contains($"unpair {device} keep={keep}", bench.Control.Calls);
        foreach (var said in (string[])[bench.Error, bench.Out])
        {
            Assert.Equal(along.Length > 0, said.Contains("let in", StringComparison.Ordinal));
            Assert.Contains(along, said);
        }
    }

    [Fact]
    public async Task Copy_reads_text_standard_input_or_a_file()
    {
        using var text = new CommandBench();
        Assert.Equal(0, await text.RunAsync("copy", "héllo"));
        Assert.Equal(Encoding.UTF8.GetBytes("héllo"), text.Control.Copied);
        Assert.Equal("text/plain;charset=utf-8", text.Control.CopiedType);
        Assert.False(text.Control.CopiedSecret);
        Assert.Equal(0, await text.RunAsync("copy", "--secret", "hunter2"));
        Assert.True(text.Control.CopiedSecret);

        foreach (
            var arguments in (string[][])
                [
                    ["copy"],
                    ["copy", "-"],
                ]
        )
        {
            using var piped = new CommandBench { Input = "from a pipe\n" };
            Assert.Equal(0, await piped.RunAsync([.. arguments, "--type", "text/html"]));
            Assert.Equal("from a pipe\n"u8.ToArray(), piped.Control.Copied);
            Assert.Equal("text/html", piped.Control.CopiedType);
        }

        using var file = new CommandBench();
        var path = Path.Combine(file.Folders.Instance, "a.PNG");
        await File.WriteAllBytesAsync(path, [1, 2, 3], Ct);
        Assert.Equal(0, await file.RunAsync("copy", "--file", path));
        Assert.Equal([1, 2, 3], file.Control.Copied);
        Assert.Equal("image/png", file.Control.CopiedType);
        Assert.Equal(2, await file.RunAsync("copy", "--file", path + ".missing", "--type", "image/png"));
    }

    [Fact]
    public async Task Copy_says_why_nothing_was_shared()
    {
        using var bench = new CommandBench();
        bench.Control.CopyResult = new CopyReport(null, "an echo", 5, 0);
        Assert.Equal(0, await bench.RunAsync("copy", "x"));
        Assert.Equal("Not shared: an echo.\n", bench.Out);
    }

    [Fact]
    public async Task Paste_passes_type_and_patience_on_and_an_empty_clipboard_fails()
    {
        using var bench = new CommandBench();
        bench.Control.Clipboard = null;
        Assert.Equal(1, await bench.RunAsync("paste", "--type", "image/png", "--wait", "1.5"));
        Assert.Equal(["paste image/png wait=1.5"], bench.Control.Calls);
        Assert.Contains("holds no image/png", bench.Error);
        Assert.Empty(bench.RawOut);
    }

    [Fact]
    public async Task Config_sets_and_resets_and_names_an_unknown_key()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("config", "relay", "wss://x"));
        Assert.Equal(0, await bench.RunAsync("config", "relay", "--default"));
        Assert.Equal(["config relay=wss://x", "config relay=<default>"], bench.Control.Calls);
        Assert.Equal(2, await bench.RunAsync("config", "nonsense"));
        Assert.Contains("`nonsense`", bench.Error);
    }

    [Fact]
    public async Task A_relay_is_tested_and_what_came_of_it_is_the_exit_code()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("relay", "test"));
        Assert.Equal(0, await bench.RunAsync("relay", "test", "wss://x", "--token", "letmein"));
        Assert.Equal(["test relay  token=", "test relay wss://x token=letmein"], bench.Control.Calls);
        Assert.Contains("it lets this device in", bench.Out);
        bench.Control.Tested = new DoctorCheck("relay", DoctorCheck.Problem, "token", "x: another token", "ask for it");
        Assert.Equal(1, await bench.RunAsync("relay", "test", "wss://x"));
        Assert.Contains("-> ask for it", bench.Out);
        Assert.Equal(1, await bench.RunAsync("relay", "test", "--json"));
        Assert.Contains("\"code\":\"token\"", bench.Out);
    }

    [Fact]
    public async Task Status_for_people_shows_peers_and_warns()
    {
        using var bench = new CommandBench();
        bench.Control.Status = bench.Control.Status with
        {
            Clipboard = new ClipboardStatus("none", "lost"),
            Paused = true,
            Warnings = [new WarningReport(WarningCodes.NotStored, "the disk is nearly full")],
        };
        Assert.Equal(0, await bench.RunAsync("status"));
        Assert.Contains("relay, 12 ms", bench.Out.Replace("13 ms", "12 ms"));
        Assert.Contains("3 (peer away)", bench.Out);
        foreach (var warning in (string[])["paused", "no clipboard", "nearly full"])
        {
            Assert.Contains(warning, bench.Error);
        }
    }

    [Fact]
    public async Task A_peers_name_cannot_write_on_the_terminal()
    {
        using var bench = new CommandBench();
        bench.Control.Status = bench.Control.Status with
        {
            Peers = [new PeerStatus("x", "\e[2Jevil\u202e[red]", true, null, 0, null)],
        };
        Assert.Equal(0, await bench.RunAsync("status"));
        Assert.DoesNotContain('\e', bench.Out);
        Assert.DoesNotContain('\u202e', bench.Out);
        Assert.Contains("evil", bench.Out);
        Assert.Contains("[red]", bench.Out);
    }

    [Fact]
    public async Task Colours_come_only_when_they_are_wanted()
    {
        using var coloured = new CommandBench { Terminal = true, Colours = true };
        using var plain = new CommandBench { Terminal = true, Colours = false };
        Assert.Equal(0, await coloured.RunAsync("status"));
        Assert.Equal(0, await plain.RunAsync("status"));
        Assert.Contains('\e', coloured.Out);
        Assert.DoesNotContain('\e', plain.Out);
    }

    [Theory]
    [InlineData(null, "xterm", true)]
    [InlineData("", "xterm", true)]
    [InlineData("1", "xterm", false)]
    [InlineData("0", "xterm", false)]
    [InlineData(null, "dumb", false)]
    [InlineData(null, null, false)]
    public void No_color_and_dumb_terminals_are_respected(string? noColor, string? term, bool colours) =>
        Assert.Equal(
            colours,
            SystemHost.TakesColours(name =>
                name == "NO_COLOR" ? noColor
                : name == "TERM" ? term
                : null
            )
        );

    [Fact]
    public async Task Logs_print_the_end_of_both_files()
    {
        using var bench = new CommandBench();
        bench.Folders.Create();
        var path = DaemonFiles.Log(bench.Folders);
        await File.WriteAllTextAsync(RollingLog.PreviousOf(path), "one\ntwo\n", Ct);
        await File.WriteAllTextAsync(path, "2026-01-01T00:00:00.000Z info Daemon Ready now\nfour\n", Ct);
        Assert.Equal(0, await bench.RunAsync("logs", "--lines", "3"));
        Assert.Equal("two\n2026-01-01T00:00:00.000Z info Daemon Ready now\nfour\n", bench.Out);

        using var empty = new CommandBench();
        Assert.Equal(1, await empty.RunAsync("logs"));
        Assert.Contains("never ran", empty.Error);
    }

    [Fact]
    public async Task Logs_as_json_are_one_object_a_line()
    {
        using var bench = new CommandBench();
        bench.Folders.Create();
        await File.WriteAllTextAsync(
            DaemonFiles.Log(bench.Folders),
            "2026-01-01T00:00:00.000Z info Daemon Ready now\n",
            Ct
        );
        Assert.Equal(0, await bench.RunAsync("logs", "--json"));
        Assert.Equal(
            """{"at":"2026-01-01T00:00:00.000Z","level":"info","source":"Daemon","message":"Ready now"}""" + "\n",
            bench.Out
        );
    }
}
