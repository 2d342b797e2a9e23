using Toss.Core.Clips;

namespace Toss.Testing.Platform;

/// <summary>Content of every type Toss knows, at the sizes where something changes.</summary>
public static class FormatSamples
{
    /// <summary>Nothing, the least, what travels inside an envelope, what does not, and what most programs cut into pieces.</summary>
    private static readonly int[] Sizes = [0, 1, 64 * 1024, 64 * 1024 + 1, 1024 * 1024];

    public static readonly IReadOnlyList<string> Types =
    [
        MediaTypes.Text,
        MediaTypes.Html,
        MediaTypes.Rtf,
        MediaTypes.Url,
        MediaTypes.Colour,
        MediaTypes.Png,
        MediaTypes.Jpeg,
        MediaTypes.Gif,
        MediaTypes.Webp,
        MediaTypes.Bmp,
        MediaTypes.Tiff,
        MediaTypes.Svg,
    ];

    public static IEnumerable<ContentRepresentation> Of(string mediaType) =>
        mediaType switch
        {
            MediaTypes.Url => Urls.Select(url => new ContentRepresentation(mediaType, url)),
            MediaTypes.Colour => [new(mediaType, new byte[] { 0, 0, 0xFF, 0x7F, 0x34, 0x12, 0xFF, 0xFF })],
            _ => Sizes.Select(size => OfSize(mediaType, size)),
        };

    /// <summary>Text where the type is text, else bytes without a pattern that a cut or a repeated piece could hide in.</summary>
    public static ContentRepresentation OfSize(string mediaType, int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        if (mediaType is MediaTypes.Text or MediaTypes.Html or MediaTypes.Rtf or MediaTypes.Svg)
        {
            // Lines of every length, and what one byte cannot say, with its last byte where the content ends.
            for (var i = 0; i < size; i++)
            {
                bytes[i] = bytes[i] < 8 ? (byte)'\n' : (byte)(' ' + bytes[i] % 95);
            }
            if (size > 8)
            {
                "h\u00e9\u2713"u8.CopyTo(bytes);
                "\u00e9"u8.CopyTo(bytes.AsSpan(size - 2));
            }
        }
        return new(mediaType, bytes);
    }

    /// <summary>An address is never empty, and never as long as a picture.</summary>
    private static IEnumerable<byte[]> Urls =>
        [
            new TitledUrl("https://example.org/a?b=c#d", "").ToBytes(),
            new TitledUrl("https://example.org/", "Ein Titel \u2013 \u4f60\u597d").ToBytes(),
            new TitledUrl("mailto:someone@example.org", "").ToBytes(),
            new TitledUrl("https://example.org/" + new string('x', TitledUrl.MostBytes - 20), "").ToBytes(),
        ];
}
