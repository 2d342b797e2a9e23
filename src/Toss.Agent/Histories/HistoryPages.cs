using System.Globalization;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent.Histories;

/// <summary>History page by page, newest first, as far as it passes the filters. What is locked is not in it.</summary>
internal sealed class HistoryPages(IAgentStore store, Device device)
{
    /// <summary>Entries one answer holds.</summary>
    public const int Largest = 10_000;

    /// <summary>Clips read at a time at first; more and more, where few pass.</summary>
    private const int FirstBatch = 64;

    private const int LargestBatch = 16_384;

    /// <summary>The clips, and where the next page begins; null if there is none.</summary>
    public async ValueTask<(IReadOnlyList<StoredClip> Clips, string? Next)> FindAsync(
        HistoryRequest request,
        CancellationToken cancellation
    )
    {
        var limit = Math.Clamp(request.Limit, 1, Largest);
        var passes = FilterOf(request);
        var since = request.Since ?? DateTimeOffset.UnixEpoch;
        var until = request.Until ?? DateTimeOffset.MaxValue;
        ClipStamp? before = request.Before is { } place ? await ReadAsync(place, cancellation) : null;
        var found = new List<StoredClip>();
        var batch = Math.Max(FirstBatch, limit + 1);
        while (true)
        {
            var end = before is { } last && last.Time < until ? last.Time : until;
            var clips = await store.HistoryBetweenAsync(request.Query, since, end, batch, cancellation);
            found.AddRange(clips.Where(stored => !(stored.Clip.Stamp >= before)).Where(passes));
            if (found.Count > limit)
            {
                return (found[..limit], Write(found[limit - 1].Clip.Stamp));
            }
            if (clips.Count < batch)
            {
                return (found, null);
            }
            // Clips of one moment may be more than a batch: then it is read again, and more of it.
            before = before <= clips[^1].Clip.Stamp ? before : clips[^1].Clip.Stamp;
            batch = before == clips[^1].Clip.Stamp ? Math.Min(batch * 2, LargestBatch) : batch * 2;
        }
    }

    private Func<StoredClip, bool> FilterOf(HistoryRequest request)
    {
        var locked = HistoryLock.In(device.Record);
        ClipKind? kind = null;
        if (request.Type is { } word)
        {
            kind = SharingRules.TryReadWord<ClipKind>(word, out var read)
                ? read
                : throw Wrong("This is no type.", "One of: text, url, picture, other.");
        }
        return stored =>
            !locked.Any(one => one.Holds(stored))
            && (kind is null || KindOf(stored.Clip) == kind)
            && (request.Device is null || IsFrom(stored.Clip.Origin, request.Device));
    }

    private static ClipKind KindOf(Clip clip) =>
        SharingRules.KindOf(clip.Sensitivity, clip.Representations[0].MediaType);

    private bool IsFrom(DeviceId origin, string text) =>
        DeviceQuery.Matches(text, origin.ToString(), device.Circle.NameOf(origin), origin.Fingerprint);

    private static string Write(ClipStamp stamp) =>
        string.Create(CultureInfo.InvariantCulture, $"{stamp.UnixMilliseconds}.{stamp.Counter}.{stamp.Origin}");

    /// <summary>Where a page ended; or a clip, whose older ones are asked for.</summary>
    private async ValueTask<ClipStamp> ReadAsync(string place, CancellationToken cancellation) =>
        ClipId.TryParse(place, out var clip) && await store.FindClipAsync(clip, cancellation) is { } stored
            ? stored.Clip.Stamp
            : Read(place);

    private static ClipStamp Read(string place) =>
        place.Split('.') is [var milliseconds, var counter, var origin]
        && long.TryParse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var ms)
        && ms <= ClipStamp.MaxMilliseconds
        && ushort.TryParse(counter, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && DeviceId.TryParse(origin, out var id)
            ? new ClipStamp(ms, count, id)
            : throw Wrong(
                "This is no place in history.",
                "Give what the page before said that the next one begins at."
            );

    private static ControlException Wrong(string message, string hint) =>
        new(ControlErrors.InvalidArgument, message, hint);
}
