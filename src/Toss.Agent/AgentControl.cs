using Toss.Agent.Examination;
using Toss.Agent.Histories;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// The control API of a running agent. May be called from any thread: every call hops onto the agent's scheduler, works
/// there, and answers with plain records.
/// </summary>
public sealed partial class AgentControl(DeviceAgent agent, SynchronizationContext scheduler) : IControl
{
    private Device Device => agent.Device;

    public Task<StatusReport> GetStatusAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var pending = await agent.Ports.Store.CountPendingAsync(cancellation);
            return StatusWriter.Write(agent, pending);
        });

    public Task<IReadOnlyList<DoctorCheck>> ExamineAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var pending = await agent.Ports.Store.CountPendingAsync(cancellation);
            return await new AgentExamination(agent).RunAsync(StatusWriter.Write(agent, pending), cancellation);
        });

    public Task<DoctorCheck> TestRelayAsync(RelayTestRequest request, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var record = Device.Record;
            if ((string.IsNullOrEmpty(request.Url) ? record.Relay : RelaySettings.Parse(request.Url)) is not { } relay)
            {
                return RelayChecks.None;
            }
            // The token is for the relay that it was given for, and no other learns it.
            var isHome = relay == record.Relay;
            var token = RelaySettings.TokenOf(request.Token) ?? (isHome ? record.RelayToken : null);
            return RelayChecks.Of(relay, isHome, await agent.Ports.Network.TryRelayAsync(relay, token, cancellation));
        });

    public Task<IReadOnlyList<DeviceReport>> GetDevicesAsync(CancellationToken cancellation) =>
        OnAgentAsync(() =>
        {
            var self = Device.Circle.CardOf(Device.Id);
            var all = Device.Circle.Peers.Prepend(self).OfType<DeviceCard>();
            return new ValueTask<IReadOnlyList<DeviceReport>>([.. all.Select(card => StatusWriter.Write(agent, card))]);
        });

    public Task<DeviceReport> UnpairAsync(string device, IReadOnlyList<string> keep, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var peer = FindPeer(device);
            var report = StatusWriter.Write(agent, peer);
            var kept = keep.Select(FindPeer).Select(card => card.Device).ToHashSet();
            if (kept.Contains(peer.Device))
            {
                throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"{peer.Name} cannot be removed and kept.",
                    "After --keep come devices that it let in."
                );
            }
            await agent.Departure.RevokeAsync(peer.Device, kept, cancellation);
            return report;
        });

    public Task LeaveAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            await agent.Departure.LeaveAsync(cancellation);
            return true;
        });

    public Task RenameAsync(string name, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            if (!DeviceName.IsValid(name))
            {
                throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"A name has 1 to {Limits.Name} characters, no control characters, no space at its ends."
                );
            }
            await agent.Keeper.AnnounceAsync(
                StoreStep.ChangeDevice,
                record => record with { Name = name },
                cancellation
            );
            return true;
        });

    public Task<IReadOnlyList<ConfigEntry>> GetConfigAsync(CancellationToken cancellation) =>
        OnAgentAsync(() => new ValueTask<IReadOnlyList<ConfigEntry>>(StatusWriter.WriteConfig(agent)));

    public Task<ConfigEntry> SetConfigAsync(string key, string? value, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            if (RelaySettings.Change(Device, key, value) is { } change)
            {
                await agent.Keeper.AnnounceAsync(StoreStep.ChangeDevice, change, cancellation);
                return RelaySettings.Report(Device).First(entry => entry.Key == key);
            }
            // Made of the record as it is when its turn comes: another change may be under way.
            await agent.Keeper.ChangeAsync(
                record => record with { Settings = agent.Settings.With(key, value) },
                cancellation
            );
            return agent.Settings.Report(key);
        });

    public Task<IReadOnlyList<TraceReport>> GetTraceAsync(int limit, CancellationToken cancellation) =>
        OnAgentAsync(() =>
            new ValueTask<IReadOnlyList<TraceReport>>(agent.Trace.Report(Math.Clamp(limit, 1, HistoryPages.Largest)))
        );

    public Task<RenewReport> RenewKeysAsync(CancellationToken cancellation) =>
        OnAgentAsync(() => agent.Renewal.RunAsync(cancellation));

    public Task<AboutReport> GetAboutAsync(CancellationToken cancellation) =>
        OnAgentAsync(() => new ValueTask<AboutReport>(StatusWriter.WriteAbout(agent.Options)));

    public Task<BenchReport> BenchAsync(string device, int megabytes, CancellationToken cancellation) =>
        OnAgentAsync(() => LinkMeasurement.RunAsync(agent, FindPeer(device), megabytes, cancellation));

    public Task StopAsync(CancellationToken cancellation) =>
        OnAgentAsync(() =>
        {
            agent.RequestStop();
            return new ValueTask<bool>(true);
        });

    private DeviceCard FindPeer(string text)
    {
        var found = Device
            .Circle.Peers.Where(peer =>
                DeviceQuery.Matches(text, peer.Device.ToString(), peer.Name, peer.Device.Fingerprint)
            )
            .ToList();
        return found.Count == 1
            ? found[0]
            : throw new ControlException(
                ControlErrors.NoSuchDevice,
                found.Count == 0 ? "No device of this circle is called that." : "More than one device is called that.",
                "`toss devices` lists names and ids."
            );
    }

    private Task<T> OnAgentAsync<T>(Func<ValueTask<T>> work) =>
        scheduler.RunAsync(async () =>
        {
            try
            {
                return await work();
            }
            catch (StoreException failure)
            {
                throw new ControlException(ControlErrors.Storage, failure.Message);
            }
        });
}
