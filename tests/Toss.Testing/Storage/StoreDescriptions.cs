using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Sync;

namespace Toss.Testing.Storage;

/// <summary>Everything a record holds as text, so that two of them can be compared whole: their bytes compare by place.</summary>
public static class StoreDescriptions
{
    public static string Describe(this DeviceRecord device) =>
        string.Join(
            '|',
            Hex(device.PublicKey),
            device.Name,
            device.KeyStoreKind,
            device.Paused,
            device.CardVersion,
            Hex(device.BeaconKey),
            string.Join(
                ',',
                device.FormerBeacons.Select(former =>
                    $"{Hex(former.Key)} {former.CardVersion} {former.ReplacedAt:O} {string.Join(' ', former.Awaits)}"
                )
            ),
            device.BeaconGone,
            string.Join(',', device.Prekeys.Select(prekey => Hex(prekey))),
            string.Join(
                ',',
                device.Mailboxes.Select(box =>
                    $"{box.Relay} {Hex(box.PrivateKey)} {Hex(box.PublicKey)} {box.Token ?? "none"} {box.Until:O}"
                )
            ),
            device.Relay,
            device.RelayToken ?? "none",
            device.LastStampMilliseconds,
            device.LastStampCounter,
            string.Join(',', device.Settings.Select(setting => $"{setting.Key}={setting.Value}"))
        );

    public static string Describe(this CircleRecord circle) =>
        string.Join(
            '|',
            Text(circle.Genesis),
            string.Join(',', circle.Statements.Select(Text)),
            string.Join(',', circle.Cards.OrderBy(card => card.Key).Select(card => $"{card.Key} {Text(card.Value)}")),
            circle.Pending is { } pending
                ? string.Join(
                    ';',
                    Text(pending.Genesis),
                    Text(pending.Card),
                    string.Join(',', pending.Adds.Select(Text)),
                    pending.Until.UtcTicks
                )
                : "none"
        );

    public static string Describe(this StoredClip stored) =>
        string.Join(
            '|',
            stored.Clip.Id,
            stored.Clip.Stamp,
            stored.Clip.Sensitivity,
            stored.Clip.Preview,
            Text(stored.Clip.Signed),
            string.Join(',', stored.Clip.Representations.Select(Describe)),
            stored.State,
            stored.Claim,
            stored.ReceivedAt.UtcTicks,
            stored.Mark.Pinned,
            string.Join(',', stored.Mark.Tags)
        );

    public static string Describe(this Delivery delivery) =>
        string.Join(
            '|',
            delivery.Peer,
            delivery.Message,
            delivery.State,
            delivery.CreatedAt.UtcTicks,
            delivery.Clip?.ToString() ?? "none",
            delivery.Stamp?.ToString() ?? "none",
            Hex(delivery.Body),
            Hex(delivery.Envelope),
            delivery.Session?.ToString() ?? "none",
            delivery.ChangedAt?.UtcTicks,
            delivery.Reason
        );

    private static string Describe(Representation representation) =>
        $"{representation.MediaType} {representation.Size} {Hex(representation.Inline)} "
        + (
            representation.Blob is { } blob
                ? $"{blob.Id} {blob.Length} {Hex(blob.Key)} {Hex(blob.ChunkHashes)}"
                : "no blob"
        );

    private static string Text(IMessage? message) =>
        message is null ? "none" : Convert.ToHexStringLower(message.ToByteArray());

    private static string Hex(ReadOnlyMemory<byte>? bytes) =>
        bytes is { } there ? Convert.ToHexStringLower(there.Span) : "none";
}
