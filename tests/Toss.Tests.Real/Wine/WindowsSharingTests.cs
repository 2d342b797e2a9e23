using System.Text;
using Toss.Cli.Commands.Demo;
using Toss.Core.Clips;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Wine;
using Toss.Tests.Windows;
using Xunit;

namespace Toss.Tests.Real.Wine;

/// <summary>
/// A desktop with Windows and one with Linux: what a program copies on one, a program pastes on the other. Wine's own
/// bridge to X11 is out of it: the displays are different ones.
/// </summary>
[Collection(nameof(WineCollection))]
[Trait("Tier", "wine")]
public sealed class WindowsSharingTests(WineFixture wine)
{
    [Fact]
    public async Task Programs_of_windows_and_of_linux_share_text_html_and_png_both_ways()
    {
        await using var server = await XvfbServer.StartAsync();
        await using var there = new X11Programs(server.Display);
        await using var linux = await TossProgram.StartAsync("penguin", null, server.Display, usesLinks: true);
        await using var here = await WinPeerProgram.StartAsync(wine.Prefix.Command(WindowsPrograms.Peer));
        await here.EmptyAsync();
        await using var windows = new WineToss(wine.Prefix, "desktop");
        await windows.UpAsync();
        Assert.Equal(
            "windows",
            (await windows.JsonAsync("status")).GetProperty("clipboard").GetProperty("backend").GetString()
        );
        await WindowsPairTests.PairAsync(linux, windows);

        foreach (
            var (type, one, other) in new (string, byte[], byte[])[]
            {
                (
                    MediaTypes.Text,
                    Encoding.UTF8.GetBytes("gr\u00fc\u00dfe, \u4f60\u597d\nline"),
                    "and back\nline"u8.ToArray()
                ),
                (MediaTypes.Html, "<p>hello <b>there</b></p>"u8.ToArray(), "<i>and back</i>"u8.ToArray()),
                (MediaTypes.Png, NoisePng.Create(320, 240, seed: 3), NoisePng.Create(200, 200, seed: 4)),
            }
        )
        {
            var target = type == MediaTypes.Text ? "UTF8_STRING" : type;
            await there.XclipCopyAsync(one, type == MediaTypes.Text ? null : type);
            await Eventually.HoldsAsync(
                $"{type} from Linux on the clipboard of Windows",
                async () => ForeignFormats.ToOurs(type, await here.ReadAsync()).AsSpan().SequenceEqual(one),
                () => Task.FromResult(windows.Log())
            );
            await here.CopyAsync(ForeignFormats.Of(new(type, other)));
            await linux.HoldsAsync(other, type);
            Assert.Equal(other, await there.XclipPasteAsync(target));
        }

        // A password that a manager on Windows copies goes nowhere.
        await here.CopyAsync(
            ForeignFormats.Of(new(MediaTypes.Text, "hunter2"u8.ToArray())),
            ("CanIncludeInClipboardHistory", new byte[4])
        );
        await here.CopyTextAsync("after it");
        await linux.HoldsAsync("after it"u8.ToArray(), MediaTypes.Text);
        var history = (await linux.RunAsync("history", "--json")).Exits(0).Output;
        Assert.Contains("after it", history, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", history, StringComparison.Ordinal);
    }
}
