using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Sync;
using Toss.Crypto.Envelopes;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Tells peers what became of their messages. Batched, never receipted, never queued: what is lost comes back as due when
/// the message is repeated.
/// </summary>
internal sealed class ReceiptSender(AgentPorts ports, Device device, SealStep sealing, PeerPresence presence)
{
    /// <summary>Receipts in one envelope: fills about half of the smallest padding step above 1 KiB.</summary>
    public const int Batch = 64;

    /// <summary>Until receipts that the disk or the relay refused are tried again.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly ILogger _log = ports.Logs.CreateLogger<ReceiptSender>();
    private readonly Wake _wake = new(ports.Time);
    private readonly SortedSet<DeviceId> _due = [];
    private readonly SortedSet<DeviceId> _refused = [];

    public void Wake(DeviceId peer)
    {
        _due.Add(peer);
        _wake.Ring();
    }

    public void WakeAll()
    {
        foreach (var peer in device.Circle.Peers)
        {
            Wake(peer.Device);
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        WakeAll();
        while (true)
        {
            while (_due.Count > 0)
            {
                var peer = _due.Min;
                _due.Remove(peer);
                try
                {
                    await SendDueAsync(peer, cancellation);
                }
                catch (StoreException failure)
                {
                    _log.WorkFailed("A receipt", failure);
                    _refused.Add(peer);
                }
            }
            await _wake.WaitAsync(_refused.Count > 0 ? Rest : TimeSpan.FromHours(1), cancellation);
            _due.UnionWith(_refused);
            _refused.Clear();
        }
    }

    private async ValueTask SendDueAsync(DeviceId peerId, CancellationToken cancellation)
    {
        while (
            device.Circle.Peer(peerId) is { } peer
            && (presence.ReachesMailbox(peer) || ports.Network.PathTo(peerId) is not null)
        )
        {
            var (settled, more) = await SettledAsync(peerId, cancellation);
            if (settled.Count == 0)
            {
                return;
            }
            var body = new EnvelopePlaintext
            {
                Receipts = new Receipts
                {
                    Receipts_ =
                    {
                        settled.Select(received => new Receipt
                        {
                            MessageId = ByteString.CopyFrom(received.Message.ToBytes()),
                            Outcome = received.Outcome,
                            Reason = received.Reason,
                        }),
                    },
                },
            };
            var result = await sealing.SealAsync(
                peer,
                sealing.NewMessageId(),
                body,
                StoreStep.SealUnqueued,
                _ => [],
                cancellation
            );
            if (result.Status != SealStatus.Sealed)
            {
                return;
            }
            var sent = await ports.Network.SendAsync(peerId, result.Envelope, Limits.Delivery, cancellation);
            if (sent.Status != SendStatus.Accepted)
            {
                _refused.Add(peerId);
                return;
            }
            await ports.Store.CommitAsync(
                StoreStep.RecordReceipts,
                [
                    .. settled.Select(received => new SetReceiptSent(
                        peerId,
                        received.Message,
                        device.Now,
                        received.Outcome
                    )),
                ],
                cancellation
            );
            if (!more)
            {
                return;
            }
        }
    }

    /// <summary>Receipts whose outcome is known, at most a batch. Clips that are still fetched do not hold up those behind them.</summary>
    private async ValueTask<(List<ReceivedRecord> Settled, bool More)> SettledAsync(
        DeviceId peer,
        CancellationToken cancellation
    )
    {
        for (var limit = Batch; ; limit *= 2)
        {
            var due = await ports.Store.ReceiptsDueAsync(peer, limit, cancellation);
            var settled = due.Where(received => received.Outcome != Receipt.Types.Outcome.Unspecified)
                .Take(Batch)
                .ToList();
            if (settled.Count > 0 || due.Count < limit)
            {
                return (settled, due.Count == limit || settled.Count == Batch);
            }
        }
    }
}
