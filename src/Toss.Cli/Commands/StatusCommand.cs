using System.CommandLine;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss status`: this device, and how each peer is reached right now.</summary>
internal static class StatusCommand
{
    /// <summary>Characters of the names of files that are on their way.</summary>
    private const int Names = 30;

    public static Command Create(CommandHost host)
    {
        var command = new Command("status", "Show this device, its relay and its peers.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var status = await control.GetStatusAsync(cancellation);
                if (!parsed.IsJson())
                {
                    Say(host, status);
                }
                else if (parsed.IsVerbose())
                {
                    host.Json(status, ControlJson.Default.StatusReport);
                }
                else
                {
                    host.Json(StatusJson.Of(status), CliJson.Default.StatusJson);
                }
            }
        );
        return command;
    }

    /// <summary>What weakens this device, in words: the agent's own warnings, and what its report implies.</summary>
    public static void WriteWarnings(CommandHost host, StatusReport status)
    {
        if (status.Paused)
        {
            host.Warn($"sharing is paused{Spoken.Until(status.PausedUntil)}; `toss resume` goes on");
        }
        if (status.Clipboard.Backend == "none")
        {
            host.Warn("no clipboard was found here; `toss copy` and `toss paste` work, the desktop does not");
        }
        else if (status.Clipboard.State == "lost")
        {
            host.Warn("the desktop's clipboard went away; toss keeps trying to find it again");
        }
        // A key that lies in a plain file is among the agent's own warnings.
        foreach (var warning in status.Warnings)
        {
            host.Warn(warning.Message);
        }
    }

    private static void Say(CommandHost host, StatusReport status)
    {
        var facts = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        void Fact(string name, string value) => facts.AddRow(new Text(name), new Text(value));
        Fact("device", SafeText.Of(status.Device.Name));
        Fact("fingerprint", status.Device.Fingerprint);
        Fact(
            "agent",
            $"{status.Daemon.Version}, pid {status.Daemon.Pid}, up {Spoken.Duration(TimeSpan.FromSeconds(status.Daemon.UptimeSeconds))}"
        );
        Fact("clipboard", $"{status.Clipboard.Backend}, {status.Clipboard.State}");
        Fact("key store", status.KeyStore.Kind);
        Fact("relay", RelayOf(status.Relay));
        foreach (var other in status.OtherRelays)
        {
            Fact("also at", RelayOf(other));
        }
        foreach (var mapped in status.MappedPorts)
        {
            Fact("router", SafeText.Of($"{mapped.Address} is open ({mapped.Protocol})"));
        }
        host.Screen.Write(facts);
        if (status.Peers.Count == 0)
        {
            host.Out.WriteLine("No peers yet: `toss pair` shows a code for your other device.");
        }
        else
        {
            host.Screen.Write(PeersOf(status.Peers));
        }
        if (status.Transfers.Count > 0)
        {
            host.Screen.Write(TransfersOf(status.Transfers));
        }
        WriteWarnings(host, status);
    }

    private static Table TransfersOf(IReadOnlyList<TransferReport> transfers)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("transfer", "peer", "done", "rate", "left");
        foreach (var transfer in transfers)
        {
            var arrow = transfer.Direction == "in" ? "from" : "to";
            table.AddRow(
                new Text(transfer.What is { } what ? $"{transfer.Id} {SafeText.Of(what, Names)}" : $"{transfer.Id}"),
                new Text(SafeText.Of($"{arrow} {transfer.Device ?? "-"}{Spoken.By(transfer.Relay)}")),
                new Text($"{Spoken.Size(transfer.Done)} of {Spoken.Size(transfer.Total)}"),
                new Text(
                    transfer.BytesPerSecond is { } rate
                        ? $"{Spoken.Size(rate)}/s"
                        : SafeText.Of(transfer.Why ?? transfer.State)
                ),
                new Text(transfer.SecondsLeft is { } seconds ? Spoken.Duration(TimeSpan.FromSeconds(seconds)) : "-")
            );
        }
        return table;
    }

    private static string RelayOf(RelayStatus relay)
    {
        var detail = relay.Detail is { Length: > 0 } why ? $" ({why})" : "";
        return relay.Url is null ? "none" : SafeText.Of($"{relay.Url}, {relay.State}{detail}");
    }

    private static Table PeersOf(IReadOnlyList<PeerStatus> peers)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("peer", "state", "path", "pending");
        foreach (var peer in peers)
        {
            var path = peer.Path is { } found ? PathOf(found) : "-";
            var pending = peer.Waiting is { Length: > 0 } why
                ? $"{peer.Pending} ({SafeText.Of(why)})"
                : $"{peer.Pending}";
            table.AddRow(
                new Text(SafeText.Of(peer.Name)),
                new Text(peer.Online ? "online" : "away", peer.Online ? new Style(Color.Green) : Style.Plain),
                new Text(path),
                new Text(pending)
            );
        }
        return table;
    }

    /// <summary>The way, how fast it is, what it loses, where it leads, since when; and why it is no better.</summary>
    private static string PathOf(PathStatus path)
    {
        var text = path.RttMs is { } rtt ? $"{path.Kind}, {Spoken.Milliseconds(rtt)}" : path.Kind;
        text += path.Loss is { } loss ? $", {Spoken.Percent(loss)} lost" : "";
        text += path.Since is { } since ? $", {path.Address}, since {since.ToLocalTime():HH:mm}" : "";
        return path.Why is { } why ? SafeText.Of($"{text}: {why}") : text;
    }
}
