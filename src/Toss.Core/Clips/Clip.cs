using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Core.Clips;

/// <summary>
/// An admitted copy: id, stamp, origin, content. <see cref="Signed"/> holds the exact bytes its origin signed; they are
/// what travels and what is kept, so that any member can pass the clip on and none can forge it.
/// </summary>
public sealed record Clip(
    ClipId Id,
    ClipStamp Stamp,
    Sensitivity Sensitivity,
    IReadOnlyList<Representation> Representations,
    string Preview,
    Signed Signed
)
{
    public DeviceId Origin => Stamp.Origin;

    /// <summary>Whether it was made for this circle: what one circle shares, another never takes.</summary>
    public bool IsOf(CircleId circle) =>
        WireReader.TryRead<ClipBody>(Signed.Body.Span, Signed.Body.Length, out var body)
        && body.CircleId.Span.SequenceEqual(circle.ToBytes());

    /// <summary>Its origin keeps it from somebody: nobody else passes it on, since they do not know from whom.</summary>
    public bool IsLimited =>
        WireReader.TryRead<ClipBody>(Signed.Body.Span, Signed.Body.Length, out var body) && body.Limited;

    /// <summary>What is said of a set of files; null of every other clip.</summary>
    public FileSummary? Files =>
        Representations.Any(static representation => representation.MediaType == MediaTypes.Files)
        && WireReader.TryRead<ClipBody>(Signed.Body.Span, Signed.Body.Length, out var body)
            ? body.Files
            : null;

    public long Size => Representations.Sum(representation => representation.Size);

    public IEnumerable<BlobReference> Blobs =>
        Representations
            .Where(representation => representation.Blob is not null)
            .Select(representation => representation.Blob!);
}

/// <summary>One format of a clip: inline bytes, or a reference to a blob. Exactly one of both is set.</summary>
/// <param name="Size">Bytes of the content itself.</param>
public sealed record Representation(string MediaType, long Size, ReadOnlyMemory<byte>? Inline, BlobReference? Blob)
{
    /// <summary>A blob that is shorter than what it holds is deflated (RFC 1951).</summary>
    public bool IsDeflated => Blob is { } blob && blob.Length < Size;
}
