using System.Text;
using Toss.Cli.Commands.Demo;
using Toss.Core.Clips;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Testing.Wine;
using Toss.Tests.Real.EndToEnd;
using Xunit;

namespace Toss.Tests.Real.Wine;

/// <summary>A device on Windows and one on Linux.</summary>
[Collection(nameof(WineCollection))]
[Trait("Tier", "wine")]
public sealed class WindowsPairTests(WineFixture wine)
{
    [Fact]
    public async Task Paired_by_link_they_share_text_html_and_png_both_ways_over_a_link()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var linux = await TossProgram.StartAsync("penguin", relay.Url, usesLinks: true);
        await using var windows = new WineToss(wine.Prefix, "window");
        await windows.UpAsync("--headless");

        await PairAsync(linux, windows);

        foreach (
            var (type, there, back) in new (string, byte[], byte[])[]
            {
                (MediaTypes.Text, Encoding.UTF8.GetBytes("gr\u00fc\u00dfe, \u4f60\u597d"), "and back"u8.ToArray()),
                (MediaTypes.Html, "<p>hello <b>there</b></p>"u8.ToArray(), "<i>and back</i>"u8.ToArray()),
                (MediaTypes.Png, NoisePng.Create(320, 240, seed: 3), NoisePng.Create(200, 200, seed: 4)),
            }
        )
        {
            await linux.CopyAsync(there, type);
            await windows.PastesAsync(there, type);
            await windows.CopyAsync(back, type);
            await linux.PastesAsync(back, type);
        }
        var path = (await linux.JsonAsync("status")).GetProperty("peers")[0].GetProperty("path");
        Assert.Contains(path.GetProperty("kind").GetString(), (string[])["lan", "direct"]);
    }

    /// <summary>By the link that Linux shows, until there is a link of the other kind.</summary>
    internal static async Task PairAsync(TossProgram linux, WineToss windows)
    {
        await using (var show = linux.Begin("pair", "--json"))
        {
            var (_, uri) = await TwoPrograms.OpenedAsync(show);
            var joined = (await windows.RunAsync("pair", uri, "--json")).Exits(0).Json();
            Assert.Equal(linux.Name, joined.GetProperty("paired").GetProperty("name").GetString());
            (await show.EndAsync()).Exits(0);
        }
        await linux.LinkedAsync();
    }
}
