using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>
/// Part of stages 2 and 12: remembers what we put on the clipboard in the last ten seconds, so that it is not sent back
/// when the platform, or another clipboard bridge, shows it to us as new. Not thread-safe.
/// </summary>
public sealed class EchoFilter
{
    /// <summary>Bridges answer within a second or two; after ten, the same content is a person's copy.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    /// <summary>Writes remembered; more in ten seconds than any person makes.</summary>
    private const int Capacity = 256;

    private readonly Queue<OwnWrite> _writes = new();

    /// <summary>We are about to write this.</summary>
    public void Remember(ClipId clip, ClipContent content, DateTimeOffset now)
    {
        Forget(now);
        if (_writes.Count == Capacity)
        {
            _writes.Dequeue();
        }
        _writes.Enqueue(new OwnWrite(clip, ContentFingerprint.Of(content.Representations), now));
    }

    /// <summary>The clip this snapshot is an echo of, or null.</summary>
    public ClipId? EchoOf(Snapshot snapshot, DateTimeOffset now)
    {
        if (snapshot.Origin is { } origin && ClipId.TryFrom(origin.Span, out var marked))
        {
            return marked;
        }
        Forget(now);
        var seen = ContentFingerprint.Of(snapshot.Representations);
        foreach (var write in _writes.Reverse())
        {
            // Of the families both have, all must agree: an editor that adds HTML to the same text is an echo, the same
            // text with another picture is not.
            var shared = seen.Where(fingerprint => write.Fingerprints.ContainsKey(fingerprint.Key)).ToList();
            if (shared.Count > 0 && shared.All(fingerprint => write.Fingerprints[fingerprint.Key] == fingerprint.Value))
            {
                return write.Clip;
            }
        }
        return null;
    }

    private void Forget(DateTimeOffset now)
    {
        while (_writes.TryPeek(out var oldest) && now - oldest.At > Memory)
        {
            _writes.Dequeue();
        }
    }

    private sealed record OwnWrite(ClipId Clip, IReadOnlyDictionary<string, string> Fingerprints, DateTimeOffset At);
}
