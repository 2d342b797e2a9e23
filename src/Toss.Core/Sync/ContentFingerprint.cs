using System.Security.Cryptography;
using Toss.Core.Clips;

namespace Toss.Core.Sync;

/// <summary>
/// What a copy says, however a platform or another program rewrote it: each kind of content by what its readers see. Kinds
/// are `text`, `html` and pictures; everything else by its media type and bytes.
/// </summary>
public sealed class ContentFingerprint
{
    private const string Text = "text";
    private const string Html = "html";

    private readonly Dictionary<string, string> _strict = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _loose = new(StringComparer.Ordinal);
    private readonly List<PictureFingerprint> _pictures = [];

    private ContentFingerprint() { }

    /// <summary>The first representation of a kind counts, of pictures every one.</summary>
    public static ContentFingerprint Of(IReadOnlyList<ContentRepresentation> representations)
    {
        var fingerprint = new ContentFingerprint();
        foreach (var representation in representations)
        {
            var (mediaType, bytes) = representation;
            if (representation.Promise is { } promise)
            {
                // Nobody reads it only to compare it: the same copy is known by what it is sealed as.
                fingerprint.Add(mediaType, promise.Blob.Id.ToBytes(), null);
            }
            else if (MediaTypes.IsPicture(mediaType))
            {
                fingerprint._pictures.Add(new PictureFingerprint(bytes));
            }
            else if (MediaTypes.IsText(mediaType))
            {
                fingerprint.Add(Text, TextForm.Canonical(bytes.Span), null);
            }
            else if (mediaType.StartsWith(MediaTypes.Html, StringComparison.OrdinalIgnoreCase))
            {
                var fragment = HtmlForm.Fragment(bytes.Span);
                fingerprint.Add(Html, TextForm.Canonical(fragment), HtmlForm.VisibleText(fragment));
            }
            else
            {
                fingerprint.Add(mediaType, bytes.Span, null);
            }
        }
        return fingerprint;
    }

    /// <summary>As a filter would tell content apart that knows nothing of it: by its bytes. For tests.</summary>
    public static ContentFingerprint OfBytes(IReadOnlyList<ContentRepresentation> representations)
    {
        var fingerprint = new ContentFingerprint();
        foreach (var (mediaType, bytes) in representations)
        {
            fingerprint.Add(mediaType, bytes.Span, null);
        }
        return fingerprint;
    }

    /// <summary>
    /// Of the kinds that both have, all agree: an editor that adds HTML to the same text says the same, the same text with
    /// another picture does not.
    /// </summary>
    public bool Says(ContentFingerprint other) => Agrees(other, loosely: false) && Kinds.Any(other.Kinds.Contains);

    /// <summary>
    /// The same after a program that loses something on the way: HTML in other words for the same text. Two different
    /// copies of a person may agree so, if seldom.
    /// </summary>
    public bool Resembles(ContentFingerprint other) => Agrees(other, loosely: true) && Kinds.Any(other.Kinds.Contains);

    /// <summary>It says all that the other does: every kind of the other is here, and agrees.</summary>
    public bool Covers(ContentFingerprint other) =>
        other.Kinds.Any() && other.Kinds.All(Kinds.Contains) && Agrees(other, loosely: false);

    /// <summary>Bytes of pictures that are held until they are let go.</summary>
    public long Held => _pictures.Sum(picture => (long)picture.Held);

    /// <summary>Gives up the content itself: from now on pictures are their bytes.</summary>
    public void LetGo() => _pictures.ForEach(picture => picture.LetGo());

    /// <summary>The very bytes: what a person copies twice in one program.</summary>
    public static string ExactlyOf(IReadOnlyList<ContentRepresentation> representations)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var representation in representations)
        {
            var bytes = representation.Promise?.Blob.Id.ToBytes() ?? representation.Bytes;
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{representation.MediaType}\n{representation.Size}\n"));
            hash.AppendData(bytes.Span);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private IEnumerable<string> Kinds => _pictures.Count > 0 ? _strict.Keys.Append("picture") : _strict.Keys;

    private bool Agrees(ContentFingerprint other, bool loosely)
    {
        foreach (var (kind, hash) in _strict)
        {
            if (
                other._strict.TryGetValue(kind, out var theirs)
                && hash != theirs
                && !(
                    loosely && _loose.TryGetValue(kind, out var loose) && other._loose.GetValueOrDefault(kind) == loose
                )
            )
            {
                return false;
            }
        }
        return _pictures.Count == 0
            || other._pictures.Count == 0
            || _pictures.Exists(mine => other._pictures.Exists(mine.Shows));
    }

    private void Add(string kind, ReadOnlySpan<byte> strict, byte[]? loose)
    {
        if (_strict.TryAdd(kind, Hash(strict)) && loose is { Length: > 0 })
        {
            _loose.Add(kind, Hash(loose));
        }
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
