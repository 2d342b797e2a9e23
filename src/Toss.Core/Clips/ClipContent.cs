namespace Toss.Core.Clips;

/// <summary>One format of a copy, in memory: media type and bytes.</summary>
public sealed record ContentRepresentation(string MediaType, ReadOnlyMemory<byte> Bytes);

/// <summary>What may be put on a clipboard: every format of one copy, best first, at least one.</summary>
public sealed record ClipContent(IReadOnlyList<ContentRepresentation> Representations, Wire.Sensitivity Sensitivity)
{
    public long Size => Representations.Sum(representation => (long)representation.Bytes.Length);
}
