using System.Text;
using Toss.Cli.Commands.Demo;
using Toss.Core.Clips;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>A device on an X11 desktop and one on a Wayland desktop.</summary>
public sealed class WaylandSharingTests
{
    [Fact]
    public async Task An_X11_desktop_and_a_Wayland_desktop_share_text_and_pictures_both_ways()
    {
        await using var left = await XvfbServer.StartAsync();
        await using var here = new X11Programs(left.Display);
        await using var right = await SwayDesktop.StartAsync();
        await using var there = new WaylandPrograms(right.RuntimeFolder, right.Display);
        await using var two = await TwoPrograms.PairedAsync(left.Display, waylandDisplayB: right.Socket);
        Assert.Equal(
            "wayland",
            (await two.B.JsonAsync("status")).GetProperty("clipboard").GetProperty("backend").GetString()
        );
        var clips = new (string Type, string Target, byte[] Content)[]
        {
            (MediaTypes.Text, "UTF8_STRING", Encoding.UTF8.GetBytes("gr\u00fc\u00dfe, \u4f60\u597d")),
            (MediaTypes.Png, "image/png", NoisePng.Create(320, 240, seed: 3)),
            (MediaTypes.Text, "UTF8_STRING", SharingTests.MebibyteOfText()),
        };
        foreach (var (type, target, content) in clips)
        {
            await here.XclipCopyAsync(content, target);
            await two.B.HoldsAsync(content, type);
            Assert.True((await there.PasteAsync(type)).AsSpan().SequenceEqual(content), $"{type} on Wayland differs");
        }
        foreach (var (type, target, content) in clips)
        {
            byte[] other =
                type == MediaTypes.Text ? [.. content, .. " and back"u8] : NoisePng.Create(100, 100, seed: 9);
            await there.CopyAsync(other, type);
            await two.A.HoldsAsync(other, type);
            Assert.True((await here.XclipPasteAsync(target)).AsSpan().SequenceEqual(other), $"{type} on X differs");
        }
        // Each copy is one clip: nothing of what was applied came back as a copy.
        Assert.Equal(2 * clips.Length, (await two.A.JsonAsync("history")).GetArrayLength());
        Assert.Equal(2 * clips.Length, (await two.B.JsonAsync("history")).GetArrayLength());
    }
}
