using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// After an absence that rows and mailboxes did not outlive: the two compare which clips they hold since then, and each
/// sends what the other lacks. What a peer once had and erased does not come back to it.
/// </summary>
internal sealed class Reunion(
    AgentPorts ports,
    Device device,
    CircleKeeper circle,
    Courier courier,
    PeerPresence presence
)
{
    /// <summary>Stamps and rows tell time by different clocks; ids are compared for this much longer than was missed.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    private static readonly TimeSpan AskAtMost = TimeSpan.FromHours(1);

    private readonly ILogger _log = ports.Logs.CreateLogger<Reunion>();
    private readonly Dictionary<DeviceId, DateTimeOffset> _asked = [];

    /// <summary>Asks a peer that was seen since rows to it expired. What they said of the circle is said again at once.</summary>
    public async ValueTask AskAsync(DeviceId peer, CancellationToken cancellation)
    {
        if (_asked.TryGetValue(peer, out var last) && device.SteadyNow - last < AskAtMost)
        {
            return;
        }
        var expired = await ports.Store.ExpiredDeliveriesAsync(peer, cancellation);
        if (!expired.Any(row => presence.AliveAfter(peer, row.ChangedAt ?? row.CreatedAt) is not null))
        {
            return;
        }
        _log.Reunion(peer.Short, expired.Count);
        // The newest part first, if there is too much for one query; what expired before stays expired until the next.
        // By the stamps, which are the circle's time: rows tell the time of a clock that may have been days off.
        var missed = expired.Select(row => row.Stamp?.Time ?? row.CreatedAt).Order().ToList();
        var query = await QueryAsync(peer, missed[0] - Margin, missed[^1] + Margin, wantAnswer: true, cancellation);
        var told = expired.Where(row => row.Clip is null).ToList();
        List<StoreWrite> writes =
        [
            .. told.Select(row => new EraseDelivery(peer, row.Message)),
            // What was withdrawn meanwhile is to go there too, however long the peer was away.
            .. told.Select(Withdrawn)
                .OfType<EnvelopePlaintext>()
                .Select(body => new InsertDelivery(courier.NewDelivery(peer, body))),
            .. told.Count > 0 ? circle.Announcements(CircleChange.None(device.Circle), [peer]) : [],
            new InsertDelivery(courier.NewDelivery(peer, new EnvelopePlaintext { Query = query })),
        ];
        await ports.Store.CommitAsync(StoreStep.Reunite, writes, cancellation);
        _asked[peer] = device.SteadyNow;
        courier.Wake();
    }

    /// <summary>
    /// What a peer's query does: rows for what it lacks, the end of those for what it has, and the same question back if it
    /// wants to know. Clips of ours that it never had a row for are from before it was a member.
    /// </summary>
    public async ValueTask<IReadOnlyList<StoreWrite>> AnswerAsync(
        DeviceId peer,
        ClipQuery query,
        CancellationToken cancellation
    )
    {
        var held = new HashSet<ClipId>();
        foreach (var bytes in query.Held.Take(Limits.ClipQuery))
        {
            if (ClipId.TryFrom(bytes.Span, out var id))
            {
                held.Add(id);
            }
        }
        var (since, until) = (UnixTime.Of(query.SinceMs), UnixTime.Of(query.UntilMs));
        var writes = new List<StoreWrite>();
        // Oldest first: the rows' order says what is newest, and the newest is sent first.
        foreach (var stored in Enumerable.Reverse(await HeldAsync(since, until, cancellation)))
        {
            var clip = stored.Clip;
            if (clip.Origin == peer)
            {
                continue;
            }
            var isKept = IsKeptFrom(peer, clip);
            var rows = await ports.Store.DeliveriesOfClipAsync(clip.Id, cancellation);
            var row = rows.FirstOrDefault(row => row.Peer == peer);
            var expired = row is { State: DeliveryState.Expired };
            if (held.Contains(clip.Id))
            {
                // Of an offer that was taken up the second receipt is lost as easily as the first.
                if (expired || row is { State: DeliveryState.Offered })
                {
                    writes.Add(
                        new MarkDelivery(peer, row!.Message, DeliveryState.Kept, RefusalReason.None, device.Now)
                    );
                }
            }
            else if (isKept)
            {
                if (expired)
                {
                    // It is not asked about again.
                    writes.Add(new EraseDelivery(peer, row!.Message));
                }
            }
            else if (
                expired
                || (row is null && clip.Origin != device.Id && clip.Stamp.Time >= since + Margin - Limits.StampAhead)
            )
            {
                if (expired)
                {
                    writes.Add(new EraseDelivery(peer, row!.Message));
                }
                writes.Add(new InsertDelivery(courier.NewClipDelivery(peer, clip)));
            }
        }
        if (query.WantAnswer)
        {
            var back = await QueryAsync(peer, since, until, wantAnswer: false, cancellation);
            writes.Add(new InsertDelivery(courier.NewDelivery(peer, new EnvelopePlaintext { Query = back })));
        }
        return writes;
    }

    private static EnvelopePlaintext? Withdrawn(Delivery row) =>
        row.Body is { } bytes && EnvelopePlaintext.Parser.ParseFrom(bytes.Span) is { Withdraw: not null } body
            ? body
            : null;

    /// <summary>By our rules; or by those of its origin, which alone knows from whom.</summary>
    private bool IsKeptFrom(DeviceId peer, Clip clip) =>
        !device.Rules.IsAutomatic(SharingDirection.Out, peer, clip) || (clip.Origin != device.Id && clip.IsLimited);

    /// <summary>Of what is kept from the peer, it does not learn that it is here.</summary>
    private async ValueTask<ClipQuery> QueryAsync(
        DeviceId peer,
        DateTimeOffset since,
        DateTimeOffset until,
        bool wantAnswer,
        CancellationToken cancellation
    )
    {
        var held = await HeldAsync(since, until, cancellation);
        if (held.Count == Limits.ClipQuery)
        {
            // No more fit: older ones are not spoken of, and so not sent twice.
            since = held[^1].Clip.Stamp.Time;
        }
        return new ClipQuery
        {
            Held =
            {
                held.Where(stored => stored.Clip.Origin == peer || !IsKeptFrom(peer, stored.Clip))
                    .Select(stored => ByteString.CopyFrom(stored.Clip.Id.ToBytes())),
            },
            SinceMs = since.ToUnixTimeMilliseconds(),
            UntilMs = until.ToUnixTimeMilliseconds(),
            WantAnswer = wantAnswer,
        };
    }

    private async ValueTask<List<StoredClip>> HeldAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellation
    )
    {
        var stored = await ports.Store.HistoryBetweenAsync(since, until, Limits.ClipQuery, marked: false, cancellation);
        return [.. stored.Where(clip => clip.State == ClipState.Complete && clip.Clip.IsOf(device.Circle.Id))];
    }
}
