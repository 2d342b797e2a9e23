namespace Toss.Core.Clips;

/// <summary>One format of a copy: media type and bytes, or a promise of them.</summary>
/// <param name="Bytes">Empty if it is promised.</param>
public sealed record ContentRepresentation(string MediaType, ReadOnlyMemory<byte> Bytes)
{
    public ContentRepresentation(string mediaType, IPromise promise)
        : this(mediaType, ReadOnlyMemory<byte>.Empty) => Promise = promise;

    /// <summary>Set if the bytes are not in memory.</summary>
    public IPromise? Promise { get; }

    /// <summary>Nothing of a promise whose size nobody knows.</summary>
    public long Size => Promise is null ? Bytes.Length : Promise.Size ?? 0;
}

/// <summary>What may be put on a clipboard: every format of one copy, best first, at least one.</summary>
public sealed record ClipContent(IReadOnlyList<ContentRepresentation> Representations, Wire.Sensitivity Sensitivity)
{
    public long Size => Representations.Sum(representation => representation.Size);
}
