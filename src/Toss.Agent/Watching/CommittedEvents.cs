using Toss.Control;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent.Watching;

/// <summary>What a commit means to somebody who watches. Looked up when it is told, so it says what holds by then.</summary>
internal sealed class CommittedEvents(DeviceAgent agent)
{
    private readonly HashSet<(DeviceId Peer, MessageId Message)> _told = [];

    private IAgentStore Store => agent.Ports.Store;

    /// <summary>From here on a delivery is told again: once a round is enough, since it is told as it is.</summary>
    public void Begin() => _told.Clear();

    public async ValueTask<IReadOnlyList<AgentEvent>> OfAsync(
        IReadOnlyList<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var events = new List<AgentEvent>();
        foreach (var write in writes)
        {
            var told = write switch
            {
                InsertClip { Clip.Clip.Id: var id } => await RecordedAsync(id, cancellation),
                SetClipState state => new ClipStateChanged(state.Clip.ToString(), StatusWriter.Word(state.State)),
                EraseClip erased => new ClipErased(erased.Clip.ToString()),
                EraseHistory or EraseCircle { History: true } => new HistoryChanged("erased"),
                EraseDeliveries => new HistoryChanged("deliveries"),
                EraseDelivery erased when !IsReplaced(writes, erased) => new HistoryChanged("deliveries"),
                InsertDelivery { Delivery: { Clip: { } clip } row } when !IsRecorded(writes, clip) =>
                    await DeliveryAsync(row.Peer, row.Message, cancellation),
                SealDelivery row => await DeliveryAsync(row.Peer, row.Message, cancellation),
                UnsealDelivery row => await DeliveryAsync(row.Peer, row.Message, cancellation),
                MarkDelivery row => await DeliveryAsync(row.Peer, row.Message, cancellation),
                _ => null,
            };
            if (told is not null)
            {
                events.Add(told);
            }
        }
        return events;
    }

    /// <summary>Null if it is gone again.</summary>
    private async ValueTask<AgentEvent?> RecordedAsync(ClipId id, CancellationToken cancellation)
    {
        if (await Store.FindClipAsync(id, cancellation) is not { } stored)
        {
            return null;
        }
        var rows = await Store.DeliveriesOfClipAsync(id, cancellation);
        var newest = await Store.NewestClaimAsync(agent.Device.PlausibleUntil, cancellation);
        return new ClipRecorded(StatusWriter.Write(agent, stored, rows, newest?.Clip.Id));
    }

    private async ValueTask<AgentEvent?> DeliveryAsync(
        DeviceId peer,
        MessageId message,
        CancellationToken cancellation
    ) =>
        _told.Add((peer, message))
        && await Store.FindDeliveryAsync(peer, message, cancellation) is { Clip: { } clip } row
            ? new DeliveryChanged(clip.ToString(), StatusWriter.Write(agent, row))
            : null;

    private static bool IsRecorded(IReadOnlyList<StoreWrite> writes, ClipId clip) =>
        writes.Any(write => write is InsertClip { Clip.Clip.Id: var id } && id == clip);

    private static bool IsReplaced(IReadOnlyList<StoreWrite> writes, EraseDelivery erased) =>
        writes.Any(write => write is InsertDelivery { Delivery: { Clip: not null } row } && row.Peer == erased.Peer);
}
