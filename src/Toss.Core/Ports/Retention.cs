using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Core.Ports;

/// <summary>What history keeps: at most this many clips, this many bytes, for this long.</summary>
public sealed record Retention(int Clips, long Bytes, TimeSpan Age)
{
    /// <summary>They take their place, as pinned ones do, and stay whatever their age.</summary>
    public IReadOnlySet<ClipId> InUse { get; init; } = new HashSet<ClipId>();

    /// <summary>Clips of these kinds are kept for a shorter time. It opens each that may be too old: not for every copy.</summary>
    public IReadOnlyDictionary<ClipKind, TimeSpan> AgeOf { get; init; } = new Dictionary<ClipKind, TimeSpan>();

    /// <summary>How long a clip of this kind is kept: a kind may have less than all, and never more.</summary>
    public TimeSpan AgeFor(ClipKind kind) => AgeOf.TryGetValue(kind, out var own) && own < Age ? own : Age;

    /// <summary>
    /// Whether one more may be pinned beside these. Half stays for what comes: a history full of pins would keep no copy any more.
    /// </summary>
    public bool HasRoomForPin(int pinned, long pinnedBytes, long size) =>
        pinned + 1 <= Clips / 2 && pinnedBytes + size <= Bytes / 2;
}
