namespace Toss.Control;

/// <summary>Bodies of the requests that carry more than an address. They stay out of URLs: a query may be content.</summary>
public sealed record ConfirmRequest(string PairingId, bool Accept);

public sealed record UnpairRequest(string Device, IReadOnlyList<string> Keep);

public sealed record RenameRequest(string Name);

/// <param name="Value">Null sets the default again.</param>
public sealed record SetConfigRequest(string Key, string? Value);

/// <param name="WaitMilliseconds">Null does not wait.</param>
public sealed record PasteRequest(string? MediaType, long? WaitMilliseconds);

public sealed record HistoryRequest(string? Query, int Limit);

public sealed record TraceRequest(int Limit);

public sealed record BenchRequest(string Device, int Megabytes);
