namespace Toss.Control;

/// <summary>Bodies of the requests that carry more than an address. They stay out of URLs: a query may be content.</summary>
public sealed record ConfirmRequest(string PairingId, bool Accept);

public sealed record UnpairRequest(string Device, IReadOnlyList<string> Keep);

public sealed record RenameRequest(string Name);

/// <param name="Value">Null sets the default again.</param>
public sealed record SetConfigRequest(string Key, string? Value);

/// <param name="Url">`wss://…`; null is the relay of this device.</param>
/// <param name="Token">Null is the one that is set, for the relay of this device, and none for another.</param>
public sealed record RelayTestRequest(string? Url, string? Token);

/// <param name="WaitMilliseconds">Null does not wait.</param>
public sealed record PasteRequest(string? MediaType, long? WaitMilliseconds);

/// <summary>What is asked of history; what is null asks nothing. Newest first.</summary>
/// <param name="Query">
/// Words, each of which is in the preview, a tag or the name of the device, whatever its case and accents; a word may be a part of one.
/// </param>
/// <param name="Type">`text`, `url`, `picture`, `other`, as in rules.</param>
/// <param name="Device">Where it was copied, named as for <see cref="IControl.UnpairAsync"/>.</param>
/// <param name="Before">Where the page before ended: <see cref="HistoryPage.Next"/>; or the id of a clip, for older ones.</param>
/// <param name="Pinned">Only what is pinned.</param>
/// <param name="Tag">Only what has this tag.</param>
public sealed record HistoryRequest(
    string? Query,
    int Limit,
    string? Type = null,
    string? Device = null,
    DateTimeOffset? Since = null,
    DateTimeOffset? Until = null,
    string? Before = null,
    bool Pinned = false,
    string? Tag = null
);

/// <param name="Clips">Ids of clips of history, or the beginnings of them.</param>
/// <param name="Everywhere">On the other devices too, and for good.</param>
public sealed record DeleteRequest(IReadOnlyList<string> Clips, bool Everywhere = false);

/// <param name="Clip">Its id or the beginning of it.</param>
/// <param name="Pinned">Null leaves it as it is, as the next two do.</param>
/// <param name="Add">Tags to put on.</param>
/// <param name="Remove">Tags to take off; one that it does not have is no error.</param>
public sealed record MarkRequest(
    string Clip,
    bool? Pinned = null,
    IReadOnlyList<string>? Add = null,
    IReadOnlyList<string>? Remove = null
);

/// <param name="Plain">Only its text, without other formats.</param>
public sealed record CopyAgainRequest(string Clip, bool Plain);

/// <param name="Direction">`out`, `in`.</param>
/// <param name="Device">Named as for <see cref="IControl.UnpairAsync"/>; null is any.</param>
/// <param name="Type">`text`, `url`, `picture`, `other`, `secret`; null is any.</param>
/// <param name="Sharing">`automatic`, `ask`, `never`; `default` takes the entry back; null leaves it as it is.</param>
/// <param name="MaxMiB">Of a whole copy; 0 takes the limit back; null leaves it as it is.</param>
public sealed record SetRuleRequest(string Direction, string? Device, string? Type, string? Sharing, int? MaxMiB);

/// <param name="Device">Null is every device with the rule `ask`.</param>
/// <param name="Clip">A copy of history, its id or the beginning of it; null is the current one.</param>
public sealed record SendRequest(string? Device, string? Clip = null);

/// <param name="Clip">The beginning of an id; null is the newest that waits.</param>
public sealed record AcceptRequest(string? Clip);

/// <param name="Seconds">Null has no end.</param>
public sealed record PauseRequest(long? Seconds);

/// <param name="Transfer">As in <see cref="TransferReport.Id"/>.</param>
public sealed record CancelRequest(int Transfer);

public sealed record TraceRequest(int Limit);

public sealed record BenchRequest(string Device, int Megabytes);

/// <param name="Link">A `toss://` link that the screens fill in where one joins.</param>
public sealed record OpenScreensRequest(string? Link);

/// <param name="Url">As <see cref="ScreensOpened.Url"/>.</param>
/// <param name="Milliseconds">How long, at most a minute.</param>
public sealed record WaitForScreensRequest(string Url, long Milliseconds);
