using Toss.Core.Clips;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>What is on the clipboard, as a <see cref="Snapshot"/> within the limits, whatever its owner gives.</summary>
internal static class WindowsReading
{
    /// <param name="content">Open all the while.</param>
    /// <param name="source">The program that copied.</param>
    public static Snapshot Read(IOfferedContent content, string? source)
    {
        var offered = content.Formats;
        var wanted = OfferedReading.Wanted(offered, WindowsFormats.Readable);
        // Spreadsheets offer a picture of what they offer as text: a bitmap is read where there is nothing else.
        var (read, omitted) = OfferedReading.Read(
            content,
            wanted.Where(one => wanted.Count == 1 || one.Formats is not [WindowsFormats.Bitmap]),
            WindowsFormats.TryDecode
        );
        ReadOnlyMemory<byte>? origin = null;
        if (
            offered.Contains(MediaTypes.Origin)
            && content.Get(MediaTypes.Origin, OfferedReading.MarkLimit).Bytes is { } mark
        )
        {
            origin = mark;
        }
        var concealed = WindowsFormats
            .Hints.Where(hint => offered.Contains(hint.Format))
            .Any(hint =>
                WindowsFormats.Conceals(hint.OnlyZero, content.Get(hint.Format, OfferedReading.MarkLimit).Bytes)
            );
        return new(read, concealed, origin, omitted, source);
    }
}
