using Toss.Control;

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
            if (!found.IsIncoming)
            {
                await agent.Serving.CancelAsync(found, cancellation);
            }
            else if (!await agent.Applier.CancelAsync(found.Clip!.Value, cancellation))
            {
                throw new ControlException(ControlErrors.InvalidArgument, $"Transfer {transfer} is over.");
            }
            return report;
        });
}
