using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>What is on the clipboard, as a <see cref="Snapshot"/> within the limits, whatever its owner gives.</summary>
internal static class WindowsReading
{
    /// <summary>Bytes of the origin mark, and of a hint.</summary>
    private const int MarkLimit = 256;

    /// <summary>Of what becomes shorter when it is decoded: UTF-16 is twice as long as UTF-8, HTML has a page around it.</summary>
    private const long GivenLimit = 2 * Limits.Content + 64 * 1024;

    /// <param name="content">Open all the while.</param>
    /// <param name="source">The program that copied.</param>
    public static Snapshot Read(IOfferedContent content, string? source)
    {
        var offered = content.Formats;
        var read = new List<ContentRepresentation>();
        var omitted = new List<OmittedFormat>();
        var size = 0L;
        foreach (var (mediaType, formats) in Wanted(offered))
        {
            if (
                TryRead(content, mediaType, formats, Math.Min(Limits.Content, Limits.Clip - size), out var reason) is
                { } bytes
            )
            {
                size += bytes.Length;
                read.Add(new(mediaType, bytes));
            }
            else
            {
                omitted.Add(new(mediaType, reason));
            }
        }
        ReadOnlyMemory<byte>? origin = null;
        if (offered.Contains(MediaTypes.Origin) && content.Get(MediaTypes.Origin, MarkLimit).Bytes is { } mark)
        {
            origin = mark;
        }
        var concealed = WindowsFormats
            .Hints.Where(hint => offered.Contains(hint.Format))
            .Any(hint => WindowsFormats.Conceals(hint.OnlyZero, content.Get(hint.Format, MarkLimit).Bytes));
        return new(read, concealed, origin, omitted, source);
    }

    /// <summary>The media types that are there, in their owner's order, each with its formats, best first.</summary>
    private static IEnumerable<(string MediaType, List<string> Formats)> Wanted(IReadOnlyList<string> offered)
    {
        var wanted = WindowsFormats
            .Readable.Select(one => (one.MediaType, Formats: one.Formats.Where(offered.Contains).ToList()))
            .Where(one => one.Formats.Count > 0)
            .OrderBy(one => one.Formats.Min(format => Position(offered, format)))
            .ToList();
        var worthReading = MediaTypes.WithoutConversions(wanted.ConvertAll(one => one.MediaType));
        // Spreadsheets offer a picture of what they offer as text: a bitmap is read where there is nothing else.
        return wanted.Where(one =>
            worthReading.Contains(one.MediaType) && (wanted.Count == 1 || one.Formats is not [WindowsFormats.Bitmap])
        );
    }

    private static int Position(IReadOnlyList<string> offered, string format)
    {
        var at = 0;
        while (offered[at] != format)
        {
            at++;
        }
        return at;
    }

    private static byte[]? TryRead(
        IOfferedContent content,
        string mediaType,
        List<string> formats,
        long room,
        out OmittedReason reason
    )
    {
        reason = OmittedReason.Unreadable;
        var shrinks = mediaType is MediaTypes.Text or MediaTypes.Html or MediaTypes.Url;
        foreach (var format in formats)
        {
            var given = content.Get(format, shrinks ? GivenLimit : room);
            if (
                given.Bytes is { } bytes
                && WindowsFormats.TryDecode(mediaType, format, bytes, out var decoded)
                && decoded.Length <= room
            )
            {
                return decoded;
            }
            else if (given.IsTooLarge || given.Bytes?.Length > room)
            {
                reason = OmittedReason.TooLarge;
                return null;
            }
        }
        return null;
    }
}
