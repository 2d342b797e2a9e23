using System.Text;
using Toss.Core.Clips;

namespace Toss.Platform.Clipboards.MacOs;

/// <summary>What is on the pasteboard, as a <see cref="Snapshot"/> within the limits, whatever its owner gives.</summary>
internal static class PasteboardReading
{
    public static Snapshot Read(IOfferedContent content)
    {
        var offered = content.Formats;
        // Before the content: what is ours, and whose copies stay here, must be known of whatever is read.
        ReadOnlyMemory<byte>? origin = null;
        if (Mark(content, PasteboardFormats.Origin) is { } mark)
        {
            origin = mark;
        }
        var source = Mark(content, PasteboardFormats.Source) is { Length: > 0 } name
            ? Encoding.UTF8.GetString(name)
            : null;
        var isFile = offered.Contains(PasteboardFormats.Icon);
        var (read, omitted) = OfferedReading.Read(
            content,
            OfferedReading
                .Wanted(offered, PasteboardFormats.Readable)
                // Finder puts a file's icon beside its name; nobody copied that.
                .Where(one => !isFile || !MediaTypes.IsPicture(one.MediaType)),
            PasteboardFormats.TryDecode
        );
        if (read.FindIndex(one => one.MediaType == MediaTypes.Url) is >= 0 and var at)
        {
            var title = Mark(content, PasteboardFormats.UrlTitle, TitledUrl.MostBytes);
            read[at] = read[at] with { Bytes = PasteboardFormats.WithTitle(read[at].Bytes, title) };
        }
        return new(read, PasteboardFormats.Conceals(offered), origin, omitted, source);
    }

    private static byte[]? Mark(IOfferedContent content, string type, long limit = OfferedReading.MarkLimit) =>
        content.Formats.Contains(type) ? content.Get(type, limit).Bytes : null;
}
