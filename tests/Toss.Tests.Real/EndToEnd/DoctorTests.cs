using System.Text.Json;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>`toss doctor` on real devices: paired and linked, with its relay gone, and without an agent.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task It_looks_at_everything_of_a_device_and_reports_nothing_that_names_one()
    {
        await using var two = await TwoPrograms.PairedAsync(usesLinks: true);
        await two.A.LinkedAsync();
        await two.A.CopyAsync("a very private sentence");
        await two.B.PastesAsync("a very private sentence");

        var file = Path.Combine(two.A.Home, "report.json");
        var report = (await two.A.RunAsync("doctor", "--json", "--report", file)).Json();
        var codes = CodesOf(report);
        Assert.Equal("running", codes["agent"]);
        Assert.Equal("works", codes["udp"]);
        Assert.Equal("admitted", codes["relay"]);
        Assert.Equal("right", codes["clock"]);
        Assert.Equal("works", codes["clipboard"]);
        Assert.Equal("room", codes["disk"]);
        // Two others to compare with: the relay, by its answer's date, and the peer.
        Assert.Equal(2, CheckOf(report, "clock").GetProperty("figures").GetProperty("compared").GetInt32());
        Assert.True(CheckOf(report, "nat").GetProperty("figures").GetProperty("answered").GetInt32() > 0);

        var search = new SecretSearch()
            .Text("own name", two.A.Name)
            .Text("peer's name", two.B.Name)
            .Text("content", "a very private sentence")
            .Text("home", two.A.Home)
            .Text("relay's port", $":{two.Relay.Url.Port}");
        foreach (var device in (await two.A.JsonAsync("devices", "--verbose")).EnumerateArray())
        {
            var id = device.GetProperty("id").GetString()!;
            search.Text("id", id).Text("id's beginning", id[..6]).Text("id", id[..8].ToLowerInvariant());
            search.Text("fingerprint", device.GetProperty("fingerprint").GetString()!);
        }
        var marker = await File.ReadAllLinesAsync(Path.Combine(two.A.Folders.Data, "device.id"));
        search.Bytes("public key", Convert.FromHexString(marker[1]));
        Assert.Empty(search.FindIn(await File.ReadAllBytesAsync(file)));
    }

    [Fact]
    public async Task A_relay_that_is_gone_is_a_problem_and_so_is_no_agent()
    {
        await using var two = await TwoPrograms.StartAsync(usesLinks: true);
        await two.A.RelayIsAsync("connected");
        await two.Relay.KillAsync();
        await two.A.RelayIsAsync("unreachable");
        var gone = await two.A.RunAsync("doctor", "--json");
        Assert.Equal("silent", CodesOf(gone.Exits(1).Json())["relay"]);

        (await two.A.RunAsync("down")).Exits(0);
        var alone = CodesOf((await two.A.RunAsync("doctor", "--json")).Exits(1).Json());
        Assert.Equal("not-running", alone["agent"]);
        Assert.Equal("works", alone["udp"]);
        Assert.Equal("key-file", alone["key-store"]);
        Assert.Equal("room", alone["disk"]);
    }

    private static JsonElement CheckOf(JsonElement report, string subject) =>
        report
            .GetProperty("checks")
            .EnumerateArray()
            .Single(check => check.GetProperty("subject").GetString() == subject);

    private static Dictionary<string, string?> CodesOf(JsonElement report) =>
        report
            .GetProperty("checks")
            .EnumerateArray()
            .ToDictionary(
                check => check.GetProperty("subject").GetString()!,
                check => check.GetProperty("code").GetString()
            );
}
