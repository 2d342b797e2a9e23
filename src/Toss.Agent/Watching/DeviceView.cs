using Toss.Control;
using Toss.Core.Clips;

namespace Toss.Agent.Watching;

/// <summary>
/// What there is to see of a device at one moment. What changed from one to the next is found by comparing them: so it does not
/// matter who changed it, and nothing that a screen shows changes unseen.
/// </summary>
internal sealed record DeviceView(StatusReport Status, IReadOnlyList<WatchedDevice> Devices, HistoryEntry? Current)
{
    public const string Secret = "secret";

    public required IReadOnlyList<RuleReport> Rules { get; init; }

    public required IReadOnlyList<ConfigEntry> Config { get; init; }

    public static async ValueTask<DeviceView> LookAsync(DeviceAgent agent, CancellationToken cancellation)
    {
        var pending = await agent.Ports.Store.CountPendingAsync(cancellation);
        var current = await CurrentAsync(agent, cancellation);
        var status = StatusWriter.Write(agent, pending);
        return new DeviceView(status, DevicesOf(agent, status), current)
        {
            Rules = agent.Rules.Report(),
            Config = StatusWriter.WriteConfig(agent),
        };
    }

    public AgentSnapshot ToSnapshot() =>
        new(
            Status.Device,
            Status.Daemon,
            Status.Clipboard,
            Status.KeyStore,
            Status.Relay,
            Status.OtherRelays,
            Devices,
            Current,
            Status.Paused,
            Status.PausedUntil,
            Rules,
            Config,
            Status.Warnings,
            Status.Transfers
        );

    public IEnumerable<AgentEvent> ChangesSince(DeviceView before)
    {
        if (Status.Clipboard != before.Status.Clipboard)
        {
            yield return new ClipboardChanged(Status.Clipboard);
        }
        if (Status.Relay != before.Status.Relay || !Status.OtherRelays.SequenceEqual(before.Status.OtherRelays))
        {
            yield return new RelayChanged(Status.Relay, Status.OtherRelays);
        }
        foreach (var changed in DevicesSince(before))
        {
            yield return changed;
        }
        if ((Status.Paused, Status.PausedUntil) != (before.Status.Paused, before.Status.PausedUntil))
        {
            yield return new PauseChanged(Status.Paused, Status.PausedUntil);
        }
        if (!Rules.SequenceEqual(before.Rules))
        {
            yield return new RulesChanged(Rules);
        }
        if (!Config.SequenceEqual(before.Config))
        {
            yield return new ConfigChanged(Config);
        }
        if (!Status.Warnings.SequenceEqual(before.Status.Warnings))
        {
            yield return new WarningsChanged(Status.Warnings);
        }
        foreach (var changed in TransfersSince(before))
        {
            yield return changed;
        }
        // Of a secret only its time is told, which tells two of them apart.
        if ((Current?.Id, Current?.At) != (before.Current?.Id, before.Current?.At))
        {
            yield return new CurrentChanged(Current);
        }
    }

    private IEnumerable<AgentEvent> DevicesSince(DeviceView before)
    {
        var known = before.Devices.ToDictionary(device => device.Id);
        foreach (var device in Devices)
        {
            if (!known.Remove(device.Id, out var was))
            {
                yield return new DeviceJoined(device);
            }
            else if (WhatChanged(was, device) is { Count: > 0 } what)
            {
                yield return new DeviceChanged(device, what);
            }
        }
        foreach (var gone in before.Devices.Where(device => known.ContainsKey(device.Id)))
        {
            yield return new DeviceLeft(gone.Id, gone.Name);
        }
    }

    private IEnumerable<AgentEvent> TransfersSince(DeviceView before)
    {
        foreach (var transfer in Status.Transfers.Except(before.Status.Transfers))
        {
            yield return new TransferChanged(transfer);
        }
        var here = Status.Transfers.Select(transfer => transfer.Id).ToHashSet();
        foreach (var gone in before.Status.Transfers.Where(transfer => !here.Contains(transfer.Id)))
        {
            yield return new TransferEnded(gone.Id);
        }
    }

    private static List<string> WhatChanged(WatchedDevice before, WatchedDevice now)
    {
        (string What, bool Changed)[] all =
        [
            ("name", before.Name != now.Name),
            ("online", before.Online != now.Online),
            ("path", WayOf(before.Path) != WayOf(now.Path)),
            ("waiting", before.Waiting != now.Waiting),
        ];
        return [.. all.Where(one => one.Changed).Select(one => one.What)];
    }

    /// <summary>Without what is measured all the time.</summary>
    private static (string?, string?, string?) WayOf(PathStatus? path) => (path?.Kind, path?.Address, path?.Why);

    private static List<WatchedDevice> DevicesOf(DeviceAgent agent, StatusReport status) =>
        [
            new(
                status.Device.Id,
                status.Device.Name,
                status.Device.Fingerprint,
                Self: true,
                Online: true,
                Path: null,
                Pending: 0,
                Waiting: null
            ),
            .. status.Peers.Zip(
                agent.Device.Circle.Peers,
                (peer, card) =>
                    new WatchedDevice(
                        peer.Id,
                        peer.Name,
                        card.Device.Fingerprint,
                        Self: false,
                        peer.Online,
                        peer.Path,
                        peer.Pending,
                        peer.Waiting
                    )
            ),
        ];

    private static async ValueTask<HistoryEntry?> CurrentAsync(DeviceAgent agent, CancellationToken cancellation)
    {
        var device = agent.Device;
        var newest = await agent.Ports.Store.NewestClaimAsync(device.PlausibleUntil, cancellation);
        if (device.SecretClaim is { } secret && !(newest?.Clip.Stamp > secret))
        {
            return Masked(device, secret);
        }
        if (newest is null || HistoryLock.In(device.Record).Any(locked => locked.Holds(newest)))
        {
            return null;
        }
        var rows = await agent.Ports.Store.DeliveriesOfClipAsync(newest.Clip.Id, cancellation);
        return StatusWriter.Write(agent, newest, rows, newest.Clip.Id);
    }

    /// <summary>That there is one, and whose it is. Not even how long it is.</summary>
    private static HistoryEntry Masked(Device device, ClipStamp secret) =>
        new(
            "",
            secret.Time,
            new HistoryOrigin(secret.Origin.ToString(), device.Circle.NameOf(secret.Origin)),
            [],
            0,
            "",
            Secret,
            [],
            HoldsClipboard: true
        );
}
