using Toss.Agent.Files;
using Toss.Control;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Large content on its way.</summary>
public sealed partial class AgentControl
{
    public Task<TransferReport> CancelAsync(int transfer, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var found =
                agent.Transfers.All.FirstOrDefault(one => one.Number == transfer)
                ?? throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"No transfer is called {transfer}.",
                    "It may be over. `toss status` lists them."
                );
            var report = StatusWriter.Write(agent, found);
            if (found is { IsIncoming: false, Blob: { } blob })
            {
                await StopAsync(found, blob, cancellation);
                if (found.Clip is { } clip)
                {
                    await new FileSending(agent).ForgetIfUnwantedAsync(clip, cancellation);
                }
            }
            else if (!await agent.Applier.CancelAsync(found.Clip!.Value, cancellation))
            {
                throw new ControlException(ControlErrors.InvalidArgument, $"Transfer {transfer} is over.");
            }
            return report;
        });

    /// <summary>Rows first: none of them is to begin again what is stopped.</summary>
    private async ValueTask StopAsync(Transfer transfer, BlobId blob, CancellationToken cancellation)
    {
        IReadOnlyList<DeviceId> peers = transfer.Relay is not null
            ? agent.Uploads.PeersOf(transfer)
            : [.. new[] { transfer.Peer }.OfType<DeviceId>()];
        foreach (var id in await agent.Serving.CancelAsync(blob, peers, cancellation))
        {
            var rows = await agent.Ports.Store.DeliveriesOfClipAsync(id, cancellation);
            if (
                rows.All(static row => row.State > DeliveryState.Sent)
                && await agent.Ports.Store.FindClipAsync(id, cancellation) is { } stored
            )
            {
                await agent.Uploads.FreeAsync(stored, cancellation);
            }
        }
        await agent.Uploads.CancelAsync(transfer, cancellation);
    }
}
