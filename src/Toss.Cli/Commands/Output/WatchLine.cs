using Toss.Control;

namespace Toss.Cli.Commands.Output;

/// <summary>An event in a line for people. Names and previews in it are as they came.</summary>
internal static class WatchLine
{
    /// <summary>Characters of a preview.</summary>
    private const int Preview = 60;

    /// <summary>Of an id: as many as tell clips apart in a list.</summary>
    private const int Id = 16;

    public static string Of(AgentEvent happened) =>
        happened switch
        {
            AgentSnapshot now => $"{now.Device.Name}: {PeersOf(now)}; on the clipboard: {Of(now.Current)}",
            CurrentChanged current => $"on the clipboard: {Of(current.Clip)}",
            ClipRecorded recorded => $"copied on {recorded.Clip.Origin.Name}: {Of(recorded.Clip)}",
            ClipApplied applied => $"{Short(applied.Id)} to this clipboard: {applied.Outcome}",
            FilesReceived files =>
                $"from {files.From} in {files.Folder}: {SafeText.Of(string.Join(", ", files.Names), Preview)} ({Spoken.Size(files.Bytes)})",
            ClipStateChanged clip => $"{Short(clip.Id)} is {clip.State}",
            ClipErased clip => $"{Short(clip.Id)} is deleted here",
            ClipMarked clip => $"{Short(clip.Id)} is {MarksOf(clip)}",
            HistoryChanged history => $"history changed: {history.Reason}",
            DeliveryChanged { Delivery: var to } row =>
                $"{Short(row.Clip)} to {to.Name}: {to.State}{(to.Reason is { } why ? $" ({why})" : "")}",
            DeviceJoined { Device: var joined } => $"{joined.Name} joined (fingerprint {joined.Fingerprint})",
            DeviceChanged { Device: var device } => StateOf(device),
            DeviceLeft left => $"{left.Name} is not one of your devices any more",
            PairingChanged pairing => PairingOf(pairing),
            RelayChanged { Relay: var relay } =>
                $"relay {relay.Url ?? "none"}: {relay.State}{(relay.Detail is { } detail ? $" ({detail})" : "")}",
            ClipboardChanged { Clipboard: var clipboard } => $"clipboard {clipboard.Backend}: {clipboard.State}",
            PauseChanged { Paused: true } pause => $"sharing is paused{Spoken.Until(pause.Until)}",
            PauseChanged => "sharing goes on",
            RulesChanged rules => $"rules: {Spoken.Number(rules.Rules.Count, "entry").Replace("entrys", "entries")}",
            ConfigChanged => "settings changed",
            WarningsChanged { Warnings.Count: 0 } => "no warnings any more",
            WarningsChanged warnings => $"warning: {string.Join(" ", warnings.Warnings.Select(one => one.Message))}",
            TransferChanged { Transfer: var transfer } => TransferOf(transfer),
            TransferEnded ended => $"transfer {ended.Id} is over",
            _ => happened.GetType().Name,
        };

    private static string Of(HistoryEntry? clip) =>
        clip switch
        {
            null => "nothing",
            { State: "secret" } => $"a secret from {clip.Origin.Name}",
            { Preview.Length: > 0 } => $"\"{SafeText.Of(clip.Preview, Preview)}\" ({Spoken.Size(clip.Size)})",
            _ => $"{string.Join(", ", clip.Types)} ({Spoken.Size(clip.Size)})",
        };

    private static string MarksOf(ClipMarked clip)
    {
        var pinned = clip.Pinned ? "pinned" : "not pinned";
        return clip.Tags.Count == 0 ? $"{pinned}, no tags" : $"{pinned}, tagged {string.Join(", ", clip.Tags)}";
    }

    private static string PeersOf(AgentSnapshot now) =>
        now.Devices.Count > 1
            ? string.Join(", ", now.Devices.Where(device => !device.Self).Select(StateOf))
            : "no other device";

    private static string StateOf(WatchedDevice device)
    {
        var state =
            device.Path is { } path ? $"{device.Name} is there, {path.Kind}"
            : device.Online ? $"{device.Name} is there"
            : $"{device.Name} is away";
        return device.Waiting is { } why ? $"{state} ({device.Pending} waiting: {why})" : state;
    }

    private static string TransferOf(TransferReport transfer)
    {
        var way = transfer.Direction == "in" ? "from" : "to";
        var state = transfer.BytesPerSecond is { } rate ? $"{Spoken.Size(rate)}/s" : transfer.Why ?? transfer.State;
        var what = transfer.What is { } names ? $" ({SafeText.Of(names, Preview)})" : "";
        return $"transfer {transfer.Id}{what} {way} {transfer.Device ?? "-"}{Spoken.By(transfer.Relay)}: {Spoken.Size(transfer.Done)} of {Spoken.Size(transfer.Total)}, {state}";
    }

    private static string PairingOf(PairingChanged pairing) =>
        pairing.State switch
        {
            "opened" => "a pairing is open",
            "asked" => $"{pairing.Name} asks to join (fingerprint {pairing.Fingerprint})",
            "paired" => $"paired with {pairing.Name}",
            "wrong-code" => "a wrong code was tried",
            _ => $"pairing ended: {pairing.Message}",
        };

    private static string Short(string id) => id.Length > Id ? id[..Id] : id;
}
