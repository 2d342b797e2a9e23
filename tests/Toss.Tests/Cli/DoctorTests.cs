using System.Text.Json;
using Toss.Control;
using Toss.Testing.Programs;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Cli;

public sealed class DoctorTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_says_what_it_found_and_the_next_step_and_ends_well_without_a_problem()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("doctor"));
        Assert.Contains("sends and receives", bench.Out);
        Assert.Contains("-> `toss config relay wss://…`", bench.Out);
        Assert.Matches(@"ok\s+disk\s", bench.Out);
        Assert.Contains("doctor", bench.Control.Calls);
    }

    [Fact]
    public async Task A_problem_is_its_exit_code_and_the_state_of_the_whole()
    {
        using var bench = new CommandBench();
        bench.Control.Checks.Add(new DoctorCheck("relay", DoctorCheck.Problem, "silent", "it does not answer", "look"));
        Assert.Equal(1, await bench.RunAsync("doctor", "--json"));
        var report = JsonSerializer.Deserialize(bench.Out, ControlJson.Default.DoctorReport)!;
        Assert.Equal(DoctorCheck.Problem, report.State);
        Assert.Equal(
            ["agent running", "udp works", "relay none", "relay silent", "disk room"],
            report.Checks.Select(check => $"{check.Subject} {check.Code}")
        );
        Assert.Equal(2, report.Checks[1].Figures!["echoes"]);
    }

    [Fact]
    public async Task Without_an_agent_it_says_so_and_looks_at_the_rest()
    {
        using var bench = new CommandBench();
        bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "no");
        Assert.Equal(1, await bench.RunAsync("doctor"));
        Assert.Contains("toss does not run here", bench.Out);
        Assert.Contains("no interface has multicast", bench.Out);
        Assert.Contains("`toss up`", bench.Out);
    }

    [Fact]
    public async Task Without_an_agent_it_tells_why_the_last_start_failed()
    {
        using var bench = new CommandBench();
        bench.Control.Fail = new ControlException(ControlErrors.NoDaemon, "no");
        Directory.CreateDirectory(bench.Folders.State);
        bench.Launcher.Reason = new ControlError(ControlErrors.KeyStore, "The key store is locked.", "Unlock it.");
        Assert.Equal(1, await bench.RunAsync("doctor"));
        Assert.Contains("its last start failed: The key store is locked.", bench.Out);
        Assert.Contains("-> Unlock it.", bench.Out);
    }

    [Fact]
    public async Task A_measurement_is_told_in_words_and_in_numbers()
    {
        using var bench = new CommandBench();
        Assert.Equal(0, await bench.RunAsync("bench", "phone"));
        Assert.Contains("bench phone 32", bench.Control.Calls);
        Assert.Contains("phone over the link (lan, 192.0.2.7:4711), 32 MB each way:", bench.Out);
        Assert.Contains("112.5 MB/s", bench.Out);
        Assert.Contains("p50 0.4 ms, p95 1.7 ms", bench.Out);
        Assert.Equal(2, await bench.RunAsync("bench", "phone", "--size", "65"));
    }

    [Fact]
    public async Task A_report_for_others_has_the_findings_and_nothing_that_names_anybody()
    {
        using var bench = new CommandBench();
        const string Name = "zwiebelkuchen-desk";
        const string Peer = "rhabarber-phone";
        const string Relay = "wss://relay.erdbeere.example:7443/";
        const string Content = "the text that was copied";
        var id = Enumerable.Range(7, 32).Select(i => (byte)(i * 37)).ToArray();
        var address = "203.0.113.77:50123";
        var message = $"{Name} {Peer} {Relay} {address} {Content} {bench.Folders.Data}";
        bench.Control.Status = bench.Control.Status with
        {
            Device = new DeviceStatus(Base32.Encode(id), Name, "ABCD EFGH IJKL"),
            Relay = new RelayStatus(Relay, "connected", message),
            Peers =
            [
                new PeerStatus(
                    Base32.Encode(id),
                    Peer,
                    true,
                    new PathStatus("direct", 12.34) { Address = address },
                    3,
                    message
                ),
            ],
            Warnings = [new WarningReport(WarningCodes.NotStored, message)],
        };
        bench.Control.Checks.Add(new DoctorCheck("firewall", DoctorCheck.Warning, "seen-not-linked", message, message));
        Directory.CreateDirectory(bench.Folders.State);
        await File.WriteAllLinesAsync(
            Path.Combine(bench.Folders.State, "toss.log"),
            [
                $"2026-03-04T05:06:07.008Z warn Toss.Agent.Courier {message} {Convert.ToHexString(id)}",
                $"2026-03-04T05:06:08.008Z error Toss.Agent.DeviceAgent {Name} | System.IO.IOException: {message}",
                $"{message}",
            ],
            Ct
        );
        var file = Path.Combine(bench.Folders.State, "report.json");

        Assert.Equal(0, await bench.RunAsync("doctor", "--report", file));

        var bytes = await File.ReadAllBytesAsync(file, Ct);
        var search = new SecretSearch()
            .Text("name", Name)
            .Text("name's beginning", Name[..6])
            .Text("peer's name", Peer)
            .Text("relay", "relay.erdbeere.example")
            .Text("relay's port", ":7443/")
            .Text("address", "203.0.113.77")
            .Text("port", ":50123")
            .Bytes("address", [203, 0, 113, 77, 0, 0, 0xC3, 0xCB])
            .Bytes("id", id)
            .Bytes("id's beginning", id[..6])
            .Text("id", Base32.Encode(id))
            .Text("id's beginning", Base32.Encode(id)[..6])
            .Text("id's beginning in small letters", Base32.Encode(id)[..6].ToLowerInvariant())
            .Text("fingerprint", "ABCD EFGH")
            .Text("content", Content)
            .Text("folder", bench.Folders.Data)
            .Text("machine", Environment.MachineName.PadRight(6));
        Assert.Empty(search.FindIn(bytes));

        using var report = JsonDocument.Parse(bytes);
        var root = report.RootElement;
        Assert.Equal("direct", root.GetProperty("agent").GetProperty("peers")[0].GetProperty("path").GetString());
        Assert.Equal("ipv4", root.GetProperty("agent").GetProperty("peers")[0].GetProperty("address").GetString());
        Assert.Contains(
            "seen-not-linked",
            root.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("code").GetString())
        );
        Assert.Equal(
            ["Toss.Agent.Courier ", "Toss.Agent.DeviceAgent System.IO.IOException"],
            root.GetProperty("log")
                .EnumerateArray()
                .Select(line =>
                    $"{line.GetProperty("source")} {(line.TryGetProperty("exception", out var thrown) ? thrown.GetString() : "")}"
                )
        );
    }
}
