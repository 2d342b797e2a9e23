using Toss.Control;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Rules, what is done by hand where they ask, and pauses.</summary>
public sealed partial class AgentControl
{
    public Task<IReadOnlyList<RuleReport>> GetRulesAsync(CancellationToken cancellation) =>
        OnAgentAsync(() => new ValueTask<IReadOnlyList<RuleReport>>(agent.Rules.Report()));

    public Task<IReadOnlyList<RuleReport>> SetRuleAsync(SetRuleRequest request, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            DeviceId? peer = request.Device is { } text ? agent.Rules.FindFormer(text) ?? FindPeer(text).Device : null;
            await agent.Rules.SetAsync(request, peer, cancellation);
            return agent.Rules.Report();
        });

    public Task ResetRulesAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            await agent.Rules.ResetAsync(cancellation);
            return true;
        });

    public Task<SendReport> SendAsync(SendRequest request, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var peer = request.Device is { } device ? FindPeer(device) : null;
            return request.Clip is { } clip
                ? await agent.Manual.SendAsync(await Lookup.FindAsync(clip, cancellation), peer, cancellation)
                : await agent.Manual.SendAsync(peer, cancellation);
        });

    public Task<AcceptReport> AcceptAsync(string? clip, CancellationToken cancellation) =>
        OnAgentAsync(() => agent.Manual.AcceptAsync(clip, cancellation));

    public Task PauseAsync(TimeSpan? duration, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            if (duration is { } given && (given < TimeSpan.FromSeconds(1) || given > Pause.Longest))
            {
                throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"A pause lasts from a second to {Pause.Longest.TotalDays:0} days.",
                    "Without a duration it lasts until `toss resume`."
                );
            }
            await agent.Keeper.ChangeAsync(record => Pause.Begin(record, Device.Now + duration), cancellation);
            return true;
        });

    public Task ResumeAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            await agent.Keeper.ChangeAsync(Pause.End, cancellation);
            return true;
        });
}
