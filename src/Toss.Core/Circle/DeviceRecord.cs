namespace Toss.Core.Circle;

/// <summary>What this device knows of itself. Stored whole; holds prekeys and mailbox keys, so it is stored sealed.</summary>
/// <param name="PublicKey">The DeviceKey's public half: the marker that says a key must be in the KeyStore.</param>
/// <param name="CardVersion">Of the last Card issued; the next is one more.</param>
/// <param name="Prekeys">Exported pairs, newest first; the first is in the Card.</param>
/// <param name="LastStampMilliseconds">The greatest stamp made or accepted, so that time never runs back after a restart.</param>
public sealed record DeviceRecord(
    ReadOnlyMemory<byte> PublicKey,
    string Name,
    string KeyStoreKind,
    bool Paused,
    ulong CardVersion,
    ReadOnlyMemory<byte> BeaconKey,
    IReadOnlyList<ReadOnlyMemory<byte>> Prekeys,
    IReadOnlyList<MailboxKey> Mailboxes,
    Uri? Relay,
    string? RelayToken,
    long LastStampMilliseconds,
    ushort LastStampCounter,
    IReadOnlyDictionary<string, string> Settings
);

/// <summary>The key of this device's mailbox at one relay.</summary>
public sealed record MailboxKey(Uri Relay, ReadOnlyMemory<byte> PrivateKey, ReadOnlyMemory<byte> PublicKey)
{
    public override string ToString() => $"MailboxKey({Relay.Host})";
}
