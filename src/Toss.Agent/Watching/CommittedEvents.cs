using Toss.Control;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent.Watching;

/// <summary>What a committed change means to somebody who watches. Looked up when it is told, so it says what holds by then.</summary>
internal sealed class CommittedEvents(DeviceAgent agent)
{
    private readonly HashSet<(DeviceId Peer, MessageId Message)> _told = [];

    private IAgentStore Store => agent.Ports.Store;

    /// <summary>
    /// From here on a delivery is told again: for what was committed before, once is enough, since it is told as it is. What is
    /// committed meanwhile comes after the next beginning.
    /// </summary>
    public void Begin() => _told.Clear();

    /// <summary>Null if there is nothing to tell, or no more.</summary>
    public async ValueTask<AgentEvent?> OfAsync(CommittedChange change, CancellationToken cancellation) =>
        change switch
        {
            { Recorded: { } clip } => await RecordedAsync(clip, cancellation),
            { Delivery: { } row } => await DeliveryAsync(row.Peer, row.Message, cancellation),
            _ => change.Known,
        };

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
}
