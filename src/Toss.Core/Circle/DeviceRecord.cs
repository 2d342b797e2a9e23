namespace Toss.Core.Circle;

/// <summary>What this device knows of itself. Stored whole; holds prekeys and mailbox keys, so it is stored sealed.</summary>
/// <param name="PublicKey">The DeviceKey's public half: the marker that says a key must be in the KeyStore.</param>
/// <param name="CardVersion">Of the last Card issued; the next is one more.</param>
/// <param name="FormerBeacons">Beacon keys from before, the latest first.</param>
/// <param name="BeaconGone">How many devices had left the circle when the beacon key was drawn: <see cref="Roster.Gone"/>.</param>
/// <param name="Relay">The home: the relay this device calls its own. It has mailboxes at others too.</param>
/// <param name="RelayToken">What the home wants to be shown, if anything.</param>
/// <param name="Prekeys">Exported pairs, newest first; the first is in the Card.</param>
/// <param name="LastStampMilliseconds">The greatest stamp made or accepted, so that time never runs back after a restart.</param>
public sealed record DeviceRecord(
    ReadOnlyMemory<byte> PublicKey,
    string Name,
    string KeyStoreKind,
    bool Paused,
    ulong CardVersion,
    ReadOnlyMemory<byte> BeaconKey,
    IReadOnlyList<FormerBeacon> FormerBeacons,
    int BeaconGone,
    IReadOnlyList<ReadOnlyMemory<byte>> Prekeys,
    IReadOnlyList<MailboxKey> Mailboxes,
    Uri? Relay,
    string? RelayToken,
    long LastStampMilliseconds,
    ushort LastStampCounter,
    IReadOnlyDictionary<string, string> Settings
);

/// <summary>The key of this device's mailbox at one relay; random, and used at that relay only.</summary>
/// <param name="Token">What lets us in there, if nobody whose home it is says otherwise.</param>
/// <param name="Until">Set when nobody's home is there any more: until then something may still wait in it.</param>
public sealed record MailboxKey(
    Uri Relay,
    ReadOnlyMemory<byte> PrivateKey,
    ReadOnlyMemory<byte> PublicKey,
    string? Token = null,
    DateTimeOffset? Until = null
)
{
    public override string ToString() => $"MailboxKey({Relay.Host})";
}
