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
    public const int Largest = 500;

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
        await foreach (var clips in new HistoryWalk(store).ReadAsync(request.Query, since, until, before, cancellation))
        {
            found.AddRange(clips.Where(passes));
            if (found.Count > limit)
            {
                return (found[..limit], Write(found[limit - 1].Clip.Stamp));
            }
        }
        return (found, null);
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
