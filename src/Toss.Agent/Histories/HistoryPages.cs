using System.Globalization;
using Toss.Agent.Backups;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Search;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent.Histories;

/// <summary>History page by page, newest first, as far as it passes the filters. What is locked is not in it.</summary>
internal sealed class HistoryPages(IAgentStore store, Device device, HistorySearch search)
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
        var filter = FilterOf(request);
        var since = request.Since ?? DateTimeOffset.UnixEpoch;
        var until = request.Until ?? DateTimeOffset.MaxValue;
        ClipStamp? before = request.Before is { } place ? await ReadAsync(place, cancellation) : null;
        var locked = HistoryLock.In(device.Record);
        IReadOnlyList<StoredClip> found;
        if (string.IsNullOrWhiteSpace(request.Query))
        {
            found = await WalkAsync(
                filter,
                since,
                until,
                before,
                limit,
                stored =>
                    IsShown(stored) && filter.Passes(SharingRules.KindOf(stored.Clip), stored.Clip.Origin, stored.Mark),
                cancellation
            );
        }
        else
        {
            var question = new HistoryQuestion(request.Query, filter, NameOf) { Since = since, Until = until };
            found = await search.FindAsync(question, before, limit, IsShown, cancellation);
        }
        return found.Count > limit ? ([.. found.Take(limit)], Write(found[limit - 1].Clip.Stamp)) : (found, null);

        bool IsShown(StoredClip stored) => !locked.Any(one => one.Holds(stored));
    }

    private async ValueTask<IReadOnlyList<StoredClip>> WalkAsync(
        HistoryFilter filter,
        DateTimeOffset since,
        DateTimeOffset until,
        ClipStamp? before,
        int limit,
        Func<StoredClip, bool> passes,
        CancellationToken cancellation
    )
    {
        var found = new List<StoredClip>();
        var walk = new HistoryWalk(store).ReadAsync(since, until, before, filter.AsksForMarks, cancellation);
        await foreach (var clips in walk)
        {
            found.AddRange(clips.Where(passes));
            if (found.Count > limit)
            {
                break;
            }
        }
        return found;
    }

    private HistoryFilter FilterOf(HistoryRequest request)
    {
        ClipKind? kind = null;
        if (request.Type is { } word)
        {
            kind = SharingRules.TryReadWord<ClipKind>(word, out var read)
                ? read
                : throw Wrong("This is no type.", "One of: text, url, picture, other.");
        }
        var device = request.Device;
        return new HistoryFilter(
            kind,
            device is null ? null : origin => IsFrom(origin, device),
            request.Pinned,
            request.Tag
        );
    }

    private bool IsFrom(DeviceId origin, string text) =>
        DeviceQuery.Matches(text, origin.ToString(), NameOf(origin), origin.Fingerprint);

    private string NameOf(DeviceId origin) => OriginNames.Of(device, origin);

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
