using System.Globalization;
using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>
/// Real displays, and beside Toss another program that carries clipboards between them, or two devices that have one display
/// between them.
/// </summary>
public sealed class BridgeTests
{
    private const int Copies = 300;

    [Fact]
    public async Task Three_hundred_copies_are_shared_once_each_beside_a_bridge_that_rewrites_them()
    {
        await using var left = await XvfbServer.StartAsync();
        await using var right = await XvfbServer.StartAsync();
        await using var user = new X11Clipboard(left.Display);
        await using var bridgeLeft = new X11Clipboard(left.Display);
        await using var bridgeRight = new X11Clipboard(right.Display);
        foreach (var program in (X11Clipboard[])[user, bridgeLeft, bridgeRight])
        {
            await Watchdog.Within(
                program.StartAsync(spool: null, CancellationToken.None),
                "a program to be on its display"
            );
        }
        await using var two = await TwoPrograms.PairedAsync(left.Display, right.Display);
        for (var number = 0; number < Copies; number++)
        {
            var content = ContentOf(number);
            await TakeAsync(user, content);
            await SeesAsync(bridgeLeft, content);
            await SeesAsync(bridgeRight, content);
            // A remote desktop is slower: it carries what we have put there already, and then what it sees of that.
            await TakeAsync(bridgeRight, [.. content.Select(Rewrite)]);
            await TakeAsync(bridgeLeft, [.. content.Select(Rewrite)]);
        }
        await two.A.CopyAsync("the last");
        await two.B.PastesAsync("the last");
        foreach (var device in (TossProgram[])[two.A, two.B])
        {
            var history = await device.Control.GetHistoryAsync(null, 10_000, CancellationToken.None);
            Assert.Equal(Copies + 1, history.Count);
        }
    }

    /// <summary>Both see what the user copies, and each may send it to the other.</summary>
    [Fact]
    public async Task Two_devices_on_one_display_do_not_wake_one_another()
    {
        const int copies = 12;
        await using var display = await XvfbServer.StartAsync();
        await using var user = new X11Programs(display.Display);
        await using var two = await TwoPrograms.PairedAsync(display.Display, display.Display);
        for (var number = 1; number <= copies; number++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"copy {number}");
            await user.XclipCopyAsync(text);
            await Eventually.HoldsAsync(
                "both to have it",
                async () => await HasAsync(two.A, text) && await HasAsync(two.B, text)
            );
            Assert.Equal(Encoding.UTF8.GetBytes(text), await user.XclipPasteAsync("UTF8_STRING"));
        }
        await two.A.CopyAsync("the last");
        await two.B.PastesAsync("the last");
        // Each may have been the first to see it; more than one each is a loop.
        var history = await two.A.Control.GetHistoryAsync(null, 1000, CancellationToken.None);
        Assert.InRange(history.Count, copies + 1, 2 * copies + 1);
        Assert.All(history.GroupBy(clip => clip.Preview), same => Assert.InRange(same.Count(), 1, 2));
    }

    private static async Task<bool> HasAsync(TossProgram device, string text) =>
        (await device.Control.GetHistoryAsync(null, 4, CancellationToken.None)).Any(clip => clip.Preview == text);

    /// <summary>Whatever comes in between: a program that somebody else was faster than tries again.</summary>
    private static async Task TakeAsync(X11Clipboard program, IReadOnlyList<ContentRepresentation> content)
    {
        var whole = new ClipContent(content, Sensitivity.Normal);
        while (
            await Watchdog.Within(
                program.ApplyAsync(whole, default, CancellationToken.None),
                "a program to take the clipboard"
            ) != ApplyOutcome.Applied
        ) { }
    }

    private static async Task SeesAsync(X11Clipboard program, IReadOnlyList<ContentRepresentation> content)
    {
        Snapshot seen;
        do
        {
            seen = await Watchdog.Within(program.Changes.ReadAsync(), "the copy to come to the other display");
        } while (!seen.Representations[0].Bytes.Span.SequenceEqual(content[0].Bytes.Span));
    }

    private static IReadOnlyList<ContentRepresentation> ContentOf(int number) =>
        (number % 3) switch
        {
            0 => [new(MediaTypes.Text, Utf8($"copy {number}\nof several lines"))],
            1 =>
            [
                new(MediaTypes.Html, Utf8($"<p>copy <b>{number}</b></p>")),
                new(MediaTypes.Text, Utf8($"copy {number}")),
            ],
            _ => [new(MediaTypes.Png, TestPicture.Of(number).ToPng())],
        };

    private static ContentRepresentation Rewrite(ContentRepresentation content) =>
        content.MediaType switch
        {
            MediaTypes.Png => new(MediaTypes.Bmp, BmpOf(content)),
            MediaTypes.Html => content with
            {
                Bytes = Utf8($"<html><body>{Encoding.UTF8.GetString(content.Bytes.Span)}</body></html>"),
            },
            _ => content with { Bytes = Utf8(Encoding.UTF8.GetString(content.Bytes.Span).ReplaceLineEndings("\r\n")) },
        };

    private static byte[] BmpOf(ContentRepresentation png)
    {
        var image = Core.Sync.PictureDecoder.TryDecode(png.Bytes)!;
        return new TestPicture(image.Width, image.Height, image.Rgba).ToBmp();
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
