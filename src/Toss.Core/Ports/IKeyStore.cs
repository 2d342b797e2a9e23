namespace Toss.Core.Ports;

/// <summary>
/// Where one small secret (at most 4 KiB) lives between starts. "Not there" and "locked" are different answers: a locked
/// store must never lead to a new identity.
/// </summary>
public interface IKeyStore
{
    /// <summary>What `toss status` names: `secret-service`, `passphrase-file`, `key-file`, `dpapi`.</summary>
    string Kind { get; }

    ValueTask<KeyStoreLoad> LoadAsync(string name, CancellationToken cancellation);

    /// <summary>Replaces what was there. Durable when it returns <see cref="KeyStoreStatus.Ok"/>.</summary>
    ValueTask<KeyStoreStatus> StoreAsync(string name, ReadOnlyMemory<byte> secret, CancellationToken cancellation);
}

/// <summary>The secret is set exactly if the status is <see cref="KeyStoreStatus.Ok"/>; the caller zeroes it.</summary>
public sealed record KeyStoreLoad(KeyStoreStatus Status, byte[]? Secret, string? Detail = null);

public enum KeyStoreStatus
{
    Ok,
    Missing,
    Locked,

    /// <summary>No such service on this machine, or it does not answer.</summary>
    Unavailable,
    WrongPassphrase,

    /// <summary>There, but not readable as what we wrote.</summary>
    Damaged,
}
