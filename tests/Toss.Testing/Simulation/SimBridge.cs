using System.IO.Compression;
using System.Text;
using StbImageSharp;
using Toss.Core.Clips;
using Toss.Testing.Platform;

namespace Toss.Testing.Simulation;

/// <summary>
/// Another program that shares the clipboards of two devices, as a remote desktop does: what anybody puts on one of them it
/// puts on the other a moment later, pictures and HTML in its own words, with its line ends, and without what it does not know.
/// It does not carry back what it put there itself.
/// </summary>
/// <param name="rewrite">What becomes of a format on the way; null if it does not go.</param>
public sealed class SimBridge(
    SimWorld world,
    TimeSpan delay,
    Func<ContentRepresentation, ContentRepresentation?> rewrite
)
{
    private readonly SimClock _clock = new(world.Scheduler, new SimContext(world.Scheduler, "bridge"));
    private bool _isWriting;

    /// <summary>How often it put something on a clipboard.</summary>
    public int Carried { get; private set; }

    public void Connect(SimClipboard one, SimClipboard other)
    {
        one.Taken += content => Carry(content, other);
        other.Taken += content => Carry(content, one);
    }

    /// <summary>Loses nothing that one could see: CRLF, another compression, a wrapper around HTML, no other formats.</summary>
    public static ContentRepresentation? Rewrite(ContentRepresentation content) =>
        content.MediaType switch
        {
            MediaTypes.Text => content with
            {
                Bytes = Encoding.UTF8.GetBytes(
                    Encoding.UTF8.GetString(content.Bytes.Span).ReplaceLineEndings("\r\n") + "\0"
                ),
            },
            MediaTypes.Html => content with
            {
                Bytes = Encoding.UTF8.GetBytes(
                    "<html>\r\n<body>\r\n<!--StartFragment-->"
                        + Encoding.UTF8.GetString(content.Bytes.Span).ReplaceLineEndings("\r\n")
                        + "<!--EndFragment-->\r\n</body>\r\n</html>"
                ),
            },
            MediaTypes.Png => new(MediaTypes.Png, Decode(content.Bytes).ToPng(CompressionLevel.NoCompression)),
            _ => null,
        };

    /// <summary>Says the same in other words: HTML as another program would write it.</summary>
    public static ContentRepresentation? Reword(ContentRepresentation content) =>
        content.MediaType == MediaTypes.Html
            ? content with
            {
                Bytes = Encoding.UTF8.GetBytes(
                    $"<div style=\"x:{content.Bytes.Length}\">{Encoding.UTF8.GetString(content.Bytes.Span)}</div>"
                ),
            }
            : content;

    private static TestPicture Decode(ReadOnlyMemory<byte> png)
    {
        var image = ImageResult.FromMemory(png.ToArray(), ColorComponents.RedGreenBlueAlpha);
        return new TestPicture(image.Width, image.Height, image.Data);
    }

    private void Carry(IReadOnlyList<ContentRepresentation> content, SimClipboard to)
    {
        var carried = content.Select(rewrite).OfType<ContentRepresentation>().ToList();
        if (_isWriting || carried.Count == 0)
        {
            return;
        }
        _clock.CreateTimer(
            _ =>
            {
                _isWriting = true;
                Carried++;
                to.Copy(carried);
                _isWriting = false;
            },
            null,
            delay,
            Timeout.InfiniteTimeSpan
        );
    }
}
