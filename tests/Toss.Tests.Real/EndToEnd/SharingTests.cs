using System.Security.Cryptography;
using System.Text;
using Toss.Cli.Commands.Demo;
using Toss.Core.Clips;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>Two processes that pair and share, through a relay that is a third.</summary>
public sealed class SharingTests
{
    [Fact]
    public async Task Paired_by_link_they_share_what_other_programs_copy()
    {
        await using var left = await XvfbServer.StartAsync();
        await using var right = await XvfbServer.StartAsync();
        await using var here = new X11Programs(left.Display);
        await using var there = new X11Programs(right.Display);
        await using var two = await TwoPrograms.PairedAsync(left.Display, right.Display);
        foreach (
            var (target, content) in new (string, byte[])[]
            {
                ("UTF8_STRING", Encoding.UTF8.GetBytes("grüße, 你好, from a program that knows nothing of us")),
                ("text/html", "<p>hello <b>there</b></p>"u8.ToArray()),
                ("image/png", NoisePng.Create(320, 240, seed: 3)),
                ("UTF8_STRING", MebibyteOfText()),
            }
        )
        {
            await here.XclipCopyAsync(content, target);
            await two.B.HoldsAsync(content, target == "UTF8_STRING" ? MediaTypes.Text : target);
            Assert.Equal(SHA256.HashData(content), SHA256.HashData(await there.XclipPasteAsync(target)));
        }
        Assert.Equal(
            "x11",
            (await two.B.JsonAsync("status")).GetProperty("clipboard").GetProperty("backend").GetString()
        );
    }

    [Fact]
    public async Task Paired_by_code_they_share_without_a_desktop_both_ways()
    {
        await using var two = await TwoPrograms.StartAsync();
        await TwoPrograms.PairAsync(
            two.A,
            two.B,
            opened => [.. opened.Code.Split(' '), "--relay", two.Relay.Url.AbsoluteUri]
        );
        var large = new byte[8 * 1024 * 1024];
        new Random(5).NextBytes(large);
        foreach (
            var (type, content) in (IEnumerable<(string, byte[])>)
                [
                    (MediaTypes.Text, "a line"u8.ToArray()),
                    (MediaTypes.Html, "<i>a line</i>"u8.ToArray()),
                    (MediaTypes.Png, NoisePng.Create(200, 200, seed: 4)),
                    (MediaTypes.Text, MebibyteOfText()),
                    ("application/octet-stream", large),
                    .. FormatSamples.Types.Select(
                        // No two alike: the same bytes once more would be nothing new.
                        (each, i) =>
                            (
                                each,
                                (
                                    each is MediaTypes.Url or MediaTypes.Colour
                                        ? FormatSamples.Of(each).First()
                                        : FormatSamples.OfSize(each, 5000 + i)
                                ).Bytes.ToArray()
                            )
                    ),
                ]
        )
        {
            await two.A.CopyAsync(content, type);
            await two.B.PastesAsync(content, type);
        }
        await two.B.CopyAsync("and back");
        await two.A.PastesAsync("and back");

        var status = await two.A.JsonAsync("status");
        Assert.Equal(
            ["device", "daemon", "clipboard", "keyStore", "relay", "otherRelays", "mappedPorts", "peers", "transfers"],
            status.EnumerateObject().Select(property => property.Name)
        );
        var peer = Assert.Single(status.GetProperty("peers").EnumerateArray());
        Assert.Equal(
            ["id", "name", "online", "path", "pending"],
            peer.EnumerateObject().Select(property => property.Name)
        );
        Assert.Equal(
            ("beta-lap", true),
            (peer.GetProperty("name").GetString(), peer.GetProperty("online").GetBoolean())
        );
        Assert.Equal("relay", peer.GetProperty("path").GetProperty("kind").GetString());
    }

    /// <summary>With these programs; the processes must run from these files.</summary>
    internal static async Task PairAndShareAsync(BuiltPrograms programs, string agentFile, string relayFile)
    {
        await using var left = await XvfbServer.StartAsync();
        await using var right = await XvfbServer.StartAsync();
        await using var here = new X11Programs(left.Display);
        await using var there = new X11Programs(right.Display);
        await using var two = await TwoPrograms.StartAsync(left.Display, right.Display, programs);
        Assert.Equal(agentFile, FileOf(two.A.DaemonPid));
        Assert.Equal(relayFile, FileOf(two.Relay.Id));

        await TwoPrograms.PairAsync(
            two.A,
            two.B,
            opened => [.. opened.Code.Split(' '), "--relay", two.Relay.Url.AbsoluteUri]
        );
        foreach (
            var (target, content) in new (string, byte[])[]
            {
                ("UTF8_STRING", Encoding.UTF8.GetBytes("grüße from this program")),
                ("text/html", "<p>this program</p>"u8.ToArray()),
                ("UTF8_STRING", MebibyteOfText()),
            }
        )
        {
            await here.XclipCopyAsync(content, target);
            await two.B.HoldsAsync(content, target == "UTF8_STRING" ? MediaTypes.Text : target);
            Assert.Equal(content, await there.XclipPasteAsync(target));
        }
        await two.B.CopyAsync("and back");
        await two.A.PastesAsync("and back");
        Assert.Equal(4, (await two.A.JsonAsync("history")).GetArrayLength());
        (await two.A.RunAsync("down")).Exits(0);

        static string? FileOf(int process) => new FileInfo($"/proc/{process}/exe").ResolveLinkTarget(true)?.FullName;
    }

    internal static byte[] MebibyteOfText()
    {
        var text = new StringBuilder();
        for (var line = 0; text.Length < 1024 * 1024; line++)
        {
            text.Append("line ").Append(line).Append(" of many, each another one\n");
        }
        return Encoding.ASCII.GetBytes(text.ToString(0, 1024 * 1024));
    }
}
