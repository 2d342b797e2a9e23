using System.Runtime.InteropServices;
using Toss.Agent.Backups;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Turns the agent's state into the records of the control API. Honest, and in words.</summary>
internal static class StatusWriter
{
    /// <summary>The state of a transfer of which something is under way.</summary>
    public const string Running = "running";

    private const string License = "MIT";

    public static StatusReport Write(DeviceAgent agent, IReadOnlyDictionary<DeviceId, int> pending)
    {
        var device = agent.Device;
        var warnings = agent.Warnings.ToList();
        if (agent.Options.KeyStoreKind == "key-file")
        {
            warnings.Add(
                new(
                    WarningCodes.KeyInFile,
                    "The device key lies in a file that only its owner can read; no key store of the desktop protects it."
                )
            );
        }
        if (device.Circle.Peers.Count > 0 && device.Record.Relay is null)
        {
            warnings.Add(
                agent.Ports.Network.Candidates.Count > 0
                    ? new(
                        WarningCodes.NoRelayOutside,
                        "No relay is configured: devices share while they are in one network. For all other times: "
                            + "`toss config relay wss://…`."
                    )
                    : new(WarningCodes.NoRelay, "No relay is configured: `toss config relay wss://…`.")
            );
        }
        if (CloneWatch.RunsTwice(device.Record, device.Now))
        {
            warnings.Add(
                new(
                    WarningCodes.RunsTwice,
                    "This device runs twice: a copy of its folder is in use elsewhere. Stop one of the two, run `toss leave` "
                        + "on the other, and pair again what you keep."
                )
            );
        }
        warnings.AddRange(
            device
                .Circle.Peers.Where(peer => peer.Card.RunsTwice)
                .Select(peer => new WarningReport(
                    WarningCodes.DeviceRunsTwice,
                    $"{peer.Name} runs twice: a copy of it is in use elsewhere. If that is not you, `toss unpair` it.",
                    peer.Name
                ))
        );
        warnings.AddRange(device.Circle.Peers.Select(peer => ClockWarning(peer, device.Clock)).OfType<WarningReport>());
        return new StatusReport(
            new DeviceStatus(device.Id.ToString(), device.Record.Name, device.Id.Fingerprint),
            new DaemonStatus(
                agent.Options.ProcessId,
                agent.Options.Version,
                (long)(agent.Ports.Time.GetUtcNow() - agent.StartedAt).TotalSeconds
            ),
            new ClipboardStatus(agent.Ports.Clipboard.Backend, Word(agent.Ports.Clipboard.State)),
            new KeyStoreStatusReport(agent.Options.KeyStoreKind),
            Write(device.Record.Relay, agent.Presence.Relay, agent.Presence.Refusal, agent.Presence.Update),
            [.. device.Circle.Peers.Select(peer => Write(agent, peer, pending.GetValueOrDefault(peer.Device)))],
            device.IsPaused,
            warnings
        )
        {
            PausedUntil = device.IsPaused ? Pause.Until(device.Record) : null,
            OtherRelays =
            [
                .. agent.Presence.Others.Select(other => Write(other.Relay, other.State, other.Refusal, other.Update)),
            ],
            Transfers = [.. agent.Transfers.All.Select(transfer => Write(agent, transfer))],
            MappedPorts =
            [
                .. agent
                    .Ports.Network.Routers.Where(static router => router.External is not null)
                    .Select(static router => new MappedPort(
                        router.External!.ToString(),
                        router.IsPcp ? "pcp" : "nat-pmp"
                    )),
            ],
        };
    }

    public static TransferReport Write(DeviceAgent agent, Transfer transfer) =>
        new(
            transfer.Number,
            transfer.IsIncoming ? "in" : "out",
            NamesOf(agent, transfer),
            transfer.Clip?.ToString(),
            transfer.Done,
            transfer.Total,
            (long?)transfer.Rate,
            (long?)transfer.Remaining?.TotalSeconds,
            transfer.IsRunning ? Running : "waiting",
            transfer.IsRunning ? null : WhyWaits(agent, transfer)
        )
        {
            Relay = transfer.Relay?.AbsoluteUri,
            What = transfer.What,
        };

    private static string? NamesOf(DeviceAgent agent, Transfer transfer)
    {
        IEnumerable<DeviceId> peers =
            transfer.Relay is not null ? transfer.Waiting
            : transfer.Peer is { } peer ? [peer]
            : [];
        return peers.Any() ? string.Join(", ", peers.Select(agent.Device.Circle.NameOf)) : null;
    }

    private static string? WhyWaits(DeviceAgent agent, Transfer transfer) =>
        transfer.Why
        ?? (
            !transfer.IsUnderWay ? null
            : NamesOf(agent, transfer) is not { } names ? "nothing comes yet"
            : transfer.IsIncoming ? $"nothing comes from {names}"
            : $"{transfer.Relay?.Host ?? names} takes nothing"
        );

    public static DeviceReport Write(DeviceAgent agent, DeviceCard card)
    {
        var self = card.Device == agent.Device.Id;
        var addedBy = agent.Device.Circle.Roster.AddedBy(card.Device);
        return new DeviceReport(
            card.Device.ToString(),
            card.Name,
            self || agent.Presence.IsOnline(card.Device),
            self,
            card.Device.Fingerprint,
            addedBy is { } by ? agent.Device.Circle.NameOf(by) : null,
            addedBy?.ToString(),
            self ? null : agent.Agreements.LastOf(card.Device)
        );
    }

    /// <param name="newest">The clip that holds the clipboards.</param>
    public static HistoryEntry Write(DeviceAgent agent, StoredClip stored, IReadOnlyList<Delivery> rows, ClipId? newest)
    {
        var clip = stored.Clip;
        return new HistoryEntry(
            clip.Id.ToString(),
            clip.Stamp.Time,
            new HistoryOrigin(clip.Origin.ToString(), OriginNames.Of(agent.Device, clip.Origin)),
            [.. clip.Representations.Select(representation => representation.MediaType)],
            clip.Files?.Bytes ?? clip.Size,
            clip.Preview,
            Word(stored.State),
            [.. rows.Select(row => Write(agent, row))],
            clip.Id == newest
        )
        {
            WaitsFor = stored.State is ClipState.Incomplete or ClipState.Wanted ? WaitsFor(agent, clip) : [],
            Pinned = stored.Mark.Pinned,
            Tags = stored.Mark.Tags,
        };
    }

    public static FilesReport Write(FileSummary files) =>
        new(files.Sent, [.. files.Names], (int)files.Files, (int)files.Folders, files.Bytes, (int)files.Skipped);

    private static IReadOnlyList<string> WaitsFor(DeviceAgent agent, Clip clip) =>
        agent.Transfers.All.Any(transfer =>
            transfer is { IsIncoming: true, IsRunning: true } && transfer.Clip == clip.Id
        )
            ? []
            :
            [
                .. agent
                    .Applier.HoldersOf(clip.Id)
                    .Prepend(clip.Origin)
                    .Distinct()
                    .Where(holder => holder != agent.Device.Id)
                    .Select(agent.Device.Circle.NameOf),
            ];

    public static HistoryDelivery Write(DeviceAgent agent, Delivery row) =>
        new(
            row.Peer.ToString(),
            agent.Device.Circle.NameOf(row.Peer),
            Word(row.State),
            row.Reason != RefusalReason.None ? Word(row.Reason)
                : row is { State: DeliveryState.Waiting, Clip: { } clip } ? agent.Placement.WhyWaits(row.Peer, clip)
                : null
        );

    public static AboutReport WriteAbout(AgentOptions options) =>
        new(
            options.Version,
            RuntimeInformation.FrameworkDescription,
            $"{RuntimeInformation.OSDescription}, {Word(RuntimeInformation.ProcessArchitecture)}",
            options.Folder,
            options.Log,
            License
        )
        {
            Parts = AboutParts.All,
        };

    public static IReadOnlyList<ConfigEntry> WriteConfig(DeviceAgent agent) =>
        [.. RelaySettings.Report(agent.Device), .. agent.Settings.Report()];

    /// <summary>Whether somebody asked for it is no difference to whoever reads of it.</summary>
    public static string Word(ClipState state) =>
        Word((state == ClipState.Wanted ? ClipState.Incomplete : state).ToString());

    /// <summary>`TooLarge` as `too-large`.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => Word(value.ToString());

    /// <summary>Null if the peer is not reached.</summary>
    public static PathStatus? PathOf(DeviceAgent agent, DeviceCard peer)
    {
        if (agent.Ports.Network.PathTo(peer.Device) is not { } path)
        {
            return null;
        }
        (string Code, string Words)? why = path.IsLink ? null : agent.Candidates.WhyRelayed(peer);
        return new PathStatus(Word(path.Kind), path.RoundTrip?.TotalMilliseconds)
        {
            Address = path.Remote?.ToString() ?? path.Relay?.AbsoluteUri,
            Since = path.Since,
            Loss = path.Loss is { } loss ? Math.Round(loss, 4) : null,
            Why = why?.Words,
            WhyCode = why?.Code,
        };
    }

    private static PeerStatus Write(DeviceAgent agent, DeviceCard peer, int pending)
    {
        return new PeerStatus(
            peer.Device.ToString(),
            peer.Name,
            agent.Presence.IsOnline(peer.Device),
            PathOf(agent, peer),
            pending,
            pending > 0 ? agent.Courier.WaitingReason(peer.Device) : null
        );
    }

    /// <summary>Clips go on all the same, by the circle's time; but somebody should know.</summary>
    private static WarningReport? ClockWarning(DeviceCard peer, CircleClock clock)
    {
        if (clock.OffsetOf(peer.Device) is not { } offset || offset.Duration() <= Limits.StampAhead)
        {
            return null;
        }
        var isAhead = offset > TimeSpan.Zero;
        var minutes = (int)Math.Round(offset.Duration().TotalMinutes);
        return new WarningReport(
            isAhead ? WarningCodes.ClockAhead : WarningCodes.ClockBehind,
            $"The clock of {peer.Name} is {minutes} minutes {(isAhead ? "ahead of" : "behind")} this device's: "
                + "set the one that is wrong.",
            peer.Name,
            minutes
        );
    }

    private static RelayStatus Write(Uri? relay, RelayState state, RelayRefusal? refusal, string? update) =>
        new(relay?.AbsoluteUri, Word(state), RelayDetail(refusal, update)) { Code = RelayCode(refusal, update) };

    public static string? RelayCode(RelayRefusal? refusal, string? update) =>
        refusal switch
        {
            null => null,
            RelayRefusal.Version => update switch
            {
                "toss" => "version-toss",
                "toss-relay" => "version-relay",
                _ => "version",
            },
            { } other => Word(other),
        };

    public static string? RelayDetail(RelayRefusal? refusal, string? update) =>
        refusal switch
        {
            null => null,
            RelayRefusal.Version => update switch
            {
                "toss" => "the relay speaks a newer version: update Toss on this device",
                "toss-relay" => "the relay speaks an older version: update toss-relay",
                _ => "the relay speaks another version: update the older side",
            },
            RelayRefusal.Token => "the relay wants another token: `toss config relay-token`",
            RelayRefusal.Certificate => "the relay's certificate is not trusted",
            RelayRefusal.Replaced => "another process logged in as this device",
            _ => "the relay refused",
        };

    private static string Word(string name) =>
        string.Concat(
            name.Select(
                (c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"
            )
        );
}
