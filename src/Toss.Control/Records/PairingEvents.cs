using System.Text.Json.Serialization;

namespace Toss.Control;

/// <param name="AcceptAll">`--yes`: opening the pairing was the consent.</param>
public sealed record OpenPairingRequest(bool AcceptAll);

/// <param name="CodeOrUri">Digits as typed, or a `toss://pair#…` link.</param>
/// <param name="Relay">Only for a code typed on a device that has no relay yet.</param>
public sealed record JoinRequest(string CodeOrUri, string? Relay);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(PairingOpened), "opened")]
[JsonDerivedType(typeof(PairingWarning), "warning")]
[JsonDerivedType(typeof(PairingConfirm), "confirm")]
[JsonDerivedType(typeof(PairingDone), "paired")]
[JsonDerivedType(typeof(PairingFailed), "failed")]
public abstract record PairingEvent;

/// <summary>The code and the link are secrets: shown, never logged.</summary>
/// <param name="Code">Null after ten wrong codes in an hour: for the rest of it only the link is good.</param>
public sealed record PairingOpened(string PairingId, string? Code, string Uri, DateTimeOffset ExpiresAt) : PairingEvent;

/// <summary>Somebody tried a wrong code; so many tries are left.</summary>
public sealed record PairingWarning(string Message, int TriesLeft) : PairingEvent;

/// <summary>"Add NAME?"</summary>
public sealed record PairingConfirm(string PairingId, string Name, string Fingerprint) : PairingEvent;

public sealed record PairingDone(string Id, string Name) : PairingEvent;

/// <summary>Code is one of <see cref="ControlErrors"/>.</summary>
public sealed record PairingFailed(string Code, string Message, string? Hint) : PairingEvent;
