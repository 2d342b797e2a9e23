using Toss.Control;

namespace Toss.Ui.State;

/// <summary>The agent as its events tell it. Each says how something is now, so one that is told twice changes nothing.</summary>
/// <param name="Devices">This one first.</param>
/// <param name="Current">What holds the clipboards; null if nothing does.</param>
public sealed record AgentView(
    DeviceStatus Device,
    ClipboardStatus Clipboard,
    RelayStatus Relay,
    IReadOnlyList<WatchedDevice> Devices,
    HistoryEntry? Current,
    bool Paused,
    DateTimeOffset? PausedUntil,
    IReadOnlyList<WarningReport> Warnings,
    IReadOnlyList<TransferReport> Transfers,
    IReadOnlyList<RuleReport> Rules,
    IReadOnlyList<ConfigEntry> Config
)
{
    /// <summary>The other devices of the circle.</summary>
    public IEnumerable<WatchedDevice> Peers => Devices.Where(device => !device.Self);

    /// <summary>A secret has no id: it is not shown, and there is nothing to ask about it.</summary>
    public bool CurrentIsSecret => Current is { State: "secret" };

    /// <summary>How the screens look: `system`, `light`, `dark`.</summary>
    public string? Theme => Config.FirstOrDefault(entry => entry.Key == ConfigKeys.Theme)?.Value;

    /// <summary>All of it is here, it is nobody's secret, and nothing is paused.</summary>
    public bool CanSend => Current is { State: not ("secret" or "incomplete" or "lost") } && !Paused;

    /// <summary>Null if there is nothing to see before a snapshot came.</summary>
    public static AgentView? After(AgentView? view, AgentEvent told) =>
        told is AgentSnapshot first
            ? new AgentView(
                first.Device,
                first.Clipboard,
                first.Relay,
                first.Devices,
                first.Current,
                first.Paused,
                first.PausedUntil,
                first.Warnings,
                first.Transfers,
                first.Rules,
                first.Config
            )
            : view?.After(told);

    private AgentView After(AgentEvent told) =>
        told switch
        {
            CurrentChanged changed => this with { Current = changed.Clip },
            ClipRecorded recorded when IsCurrent(recorded.Clip.Id) => this with { Current = recorded.Clip },
            ClipStateChanged changed when IsCurrent(changed.Id) => this with
            {
                Current = Current! with { State = changed.State },
            },
            DeliveryChanged changed when IsCurrent(changed.Clip) => this with
            {
                Current = Current! with
                {
                    Deliveries = Put(Current.Deliveries, changed.Delivery, delivery => delivery.Id),
                },
            },
            DeviceJoined joined => this with { Devices = Put(Devices, joined.Device, device => device.Id) },
            DeviceChanged changed => this with
            {
                Devices = Put(Devices, changed.Device, device => device.Id),
                Device = changed.Device.Self ? Device with { Name = changed.Device.Name } : Device,
            },
            DeviceLeft left => this with { Devices = [.. Devices.Where(device => device.Id != left.Id)] },
            RelayChanged changed => this with { Relay = changed.Relay },
            ClipboardChanged changed => this with { Clipboard = changed.Clipboard },
            PauseChanged changed => this with { Paused = changed.Paused, PausedUntil = changed.Until },
            WarningsChanged changed => this with { Warnings = changed.Warnings },
            RulesChanged changed => this with { Rules = changed.Rules },
            ConfigChanged changed => this with { Config = changed.Config },
            TransferChanged changed => this with
            {
                Transfers = Put(Transfers, changed.Transfer, transfer => transfer.Id),
            },
            TransferEnded ended => this with { Transfers = [.. Transfers.Where(one => one.Id != ended.Id)] },
            _ => this,
        };

    private bool IsCurrent(string clip) => Current is { } current && !CurrentIsSecret && current.Id == clip;

    /// <summary>In the place of the one with its key, or at the end.</summary>
    private static IReadOnlyList<T> Put<T, TKey>(IReadOnlyList<T> all, T one, Func<T, TKey> key)
        where TKey : notnull
    {
        var isThere = all.Any(other => key(other).Equals(key(one)));
        return isThere ? [.. all.Select(other => key(other).Equals(key(one)) ? one : other)] : [.. all, one];
    }
}
