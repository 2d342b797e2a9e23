using Microsoft.Extensions.Logging;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>How a large clip ends whose content does not come. It stays in history, and a peer that sends it again revives it.</summary>
internal sealed class LostClips(AgentPorts ports, Device device)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<LostClips>();

    /// <summary>Everybody who had it says that it is gone; who sent it sees the reason.</summary>
    public async ValueTask IsGoneAsync(ClipId clip, DeviceId peer, MessageId message, CancellationToken cancellation) =>
        await ports.Store.CommitAsync(
            StoreStep.CompleteClip,
            [
                new SetClipState(clip, ClipState.Lost),
                new SetReceivedOutcome(peer, message, Receipt.Types.Outcome.Refused, RefusalReason.ContentLost),
            ],
            cancellation
        );

    /// <summary>
    /// No holder brought it in the time that a message lives. Nobody is told: its senders' rows expire by themselves, and when
    /// they meet this device again they find that it lacks the clip, and send it anew.
    /// </summary>
    public async ValueTask IsOverAsync(ClipId clip, IEnumerable<DeviceId> senders, CancellationToken cancellation)
    {
        List<StoreWrite> writes = [new SetClipState(clip, ClipState.Lost)];
        foreach (var sender in senders)
        {
            var due = await ports.Store.ReceiptsDueAsync(sender, ReceiptSender.Batch, cancellation);
            writes.AddRange(
                due.Where(received => received.Clip == clip)
                    .Select(received => new SetReceiptSent(sender, received.Message, device.Now))
            );
        }
        await ports.Store.CommitAsync(StoreStep.CompleteClip, writes, cancellation);
        _log.ClipExpired(clip.Short);
    }

    /// <summary>
    /// Those whose origin shares no circle with this device any more: nobody has their content for us. And those of which
    /// nobody's message is remembered: this device was off for longer than that.
    /// </summary>
    public async ValueTask GiveUpAsync(
        IReadOnlyDictionary<ClipId, UnfinishedClip> unfinished,
        CancellationToken cancellation
    )
    {
        foreach (var stored in await ports.Store.IncompleteClipsAsync(cancellation))
        {
            var tried = unfinished.GetValueOrDefault(stored.Clip.Id);
            if (
                (device.Circle.Peer(stored.Clip.Origin) is null && tried is not { IsFetching: true })
                || (tried is null && device.Now - stored.ReceivedAt >= Limits.ReceivedMemory)
            )
            {
                await ports.Store.CommitAsync(
                    StoreStep.CompleteClip,
                    [new SetClipState(stored.Clip.Id, ClipState.Lost)],
                    cancellation
                );
            }
        }
    }
}
