using Google.Protobuf;
using Toss.Agent.Scheduling;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Envelopes;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Sealing as one durable step: sessions are loaded, a copy is advanced, and the copy is stored together with whatever the
/// step writes, before the envelope may leave.
/// </summary>
internal sealed class SealStep(AgentPorts ports, Device device, PeerLocks locks)
{
    /// <summary>How often somebody else may be first; then the step fails, and its caller tries again later.</summary>
    private const int Tries = 3;

    private readonly EnvelopeSealer _sealer = new(ports.Random);

    /// <summary>
    /// Seals <paramref name="body"/> for a member. <paramref name="alsoWrite"/> gives the step's other writes; they commit
    /// with the session, or nothing does.
    /// </summary>
    public async ValueTask<SealResult> SealAsync(
        DeviceCard peer,
        MessageId message,
        EnvelopePlaintext body,
        StoreStep step,
        Func<SealResult, IEnumerable<StoreWrite>> alsoWrite,
        CancellationToken cancellation
    )
    {
        using var held = await locks.EnterAsync(peer.Device, cancellation);
        for (var tries = 1; ; tries++)
        {
            var stored = await ports.Store.LoadSessionsAsync(peer.Device, cancellation);
            // Membership is checked at seal and at open: it may have been removed while this waited its turn.
            if (device.Circle.Peer(peer.Device) is null)
            {
                return new SealResult(SealStatus.NotAMember, [], default);
            }
            body.MessageId = ByteString.CopyFrom(message.ToBytes());
            body.RosterDigest = ByteString.CopyFrom(device.Circle.Roster.Digest.Span);
            body.CardVersion = device.Circle.CardOf(peer.Device)?.Version ?? 0;
            body.SentAtMs = device.Now.ToUnixTimeMilliseconds();
            var sessions = Parse(stored, peer.Device);
            if (body.Receipts is { } receipts)
            {
                receipts.Received = sessions.Received;
            }
            var result = Seal(sessions, peer, body, renew: true);
            if (result.Status == SealStatus.StalePrekey)
            {
                // Its new Card is what is missing, and it may miss ours: two devices apart for weeks would else never
                // write to one another again. The old session still opens, and brings the Cards that a new one needs.
                sessions.Dispose();
                sessions = Parse(stored, peer.Device);
                result = Seal(sessions, peer, body, renew: false);
            }
            if (result.Status == SealStatus.StalePrekey && body.Roster is not null)
            {
                // No session either: both were away for weeks. Cards and roster, which are no content, go to the old
                // prekey; its owner keeps it for days after its return. What is content waits for the Card that answers.
                sessions.Dispose();
                sessions = Parse(stored, peer.Device);
                result = Seal(sessions, peer, body, renew: true, anyPrekey: true);
            }
            using var advanced = sessions;
            if (result.Status != SealStatus.Sealed)
            {
                return result;
            }
            StoreWrite put = new PutSessions(peer.Device, stored?.Version ?? 0, sessions.Serialize(), sessions.Ids);
            var commit = await ports.Store.CommitAsync(step, [put, .. alsoWrite(result)], cancellation);
            if (commit == CommitResult.Committed)
            {
                return result;
            }
            // Somebody else advanced this session: an agent on a copied home. The lock rules out ourselves; load again,
            // but never for ever: nothing here waits, so a store that always says so would stop the whole agent.
            if (tries == Tries)
            {
                throw new StoreException(StoreFailure.Busy, "Another process changes this device's sessions.");
            }
        }
    }

    private SealResult Seal(
        PeerSessions sessions,
        DeviceCard peer,
        EnvelopePlaintext body,
        bool renew,
        bool anyPrekey = false
    )
    {
        sessions.Expire(device.Now);
        if (renew && sessions.WantsRenewal(device.Now))
        {
            sessions.Renew();
        }
        return _sealer.Seal(
            sessions,
            device.Key,
            device.Circle.Id,
            peer.Card,
            device.Introduction,
            body,
            device.Now,
            anyPrekey
        );
    }

    /// <summary>
    /// Gives up the sessions with a peer for a new one, and lets these rows be sealed again in it under their old ids.
    /// False if another process changed them meanwhile.
    /// </summary>
    public async ValueTask<bool> RenewAsync(
        DeviceId peer,
        IReadOnlyList<Delivery> reseal,
        CancellationToken cancellation
    )
    {
        using var held = await locks.EnterAsync(peer, cancellation);
        var stored = await ports.Store.LoadSessionsAsync(peer, cancellation);
        using var sessions = Parse(stored, peer);
        sessions.Renew();
        List<StoreWrite> writes =
        [
            new PutSessions(peer, stored?.Version ?? 0, sessions.Serialize(), sessions.Ids),
            .. reseal.Select(row => new UnsealDelivery(peer, row.Message)),
        ];
        return await ports.Store.CommitAsync(StoreStep.DropSessions, writes, cancellation) == CommitResult.Committed;
    }

    /// <summary>A peer's sessions from their stored form; damage is a store failure, not a fresh start.</summary>
    public static PeerSessions Parse(StoredSessions? stored, DeviceId peer)
    {
        if (stored is null)
        {
            return new PeerSessions();
        }
        return PeerSessions.TryParse(stored.Sessions.Span, out var sessions)
            ? sessions
            : throw new StoreException(StoreFailure.Damaged, $"The sessions with device {peer.Short} cannot be read.");
    }

    public MessageId NewMessageId()
    {
        var bytes = new byte[MessageId.Size];
        ports.Random.Fill(bytes);
        _ = MessageId.TryFrom(bytes, out var id);
        return id;
    }
}
