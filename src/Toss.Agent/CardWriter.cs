using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>What a device says of itself: its Card, from its record.</summary>
internal static class CardWriter
{
    public static DeviceCard Write(DeviceKey key, DeviceRecord record, CircleId circle, DateTimeOffset now)
    {
        var card = new Card
        {
            CircleId = ByteString.CopyFrom(circle.ToBytes()),
            DeviceKey = ByteString.CopyFrom(key.PublicKey.Span),
            Version = record.CardVersion,
            Name = record.Name,
            ProtocolVersion = ProtocolVersions.Envelope,
            BeaconKey = ByteString.CopyFrom(record.BeaconKey.Span),
            IssuedAtMs = now.ToUnixTimeMilliseconds(),
            RunsTwice = CloneWatch.RunsTwice(record, now),
        };
        using (var prekey = Device.ImportPrekeys(record)[0])
        {
            card.Prekey = prekey.Public;
        }
        card.Mailboxes.AddRange(MailboxesOf(record));
        return DeviceCard.Issue(key, card);
    }

    /// <summary>The home first, with what lets companions in there.</summary>
    public static IEnumerable<MailboxAddress> MailboxesOf(DeviceRecord record) =>
        HomeFirst(record)
            .Select(mailbox => new MailboxAddress
            {
                Relay = mailbox.Relay.AbsoluteUri,
                MailboxId = ByteString.CopyFrom(SHA256.HashData(mailbox.PublicKey.Span)),
                Token = mailbox.Relay == record.Relay ? record.RelayToken ?? "" : "",
            });

    public static IEnumerable<MailboxKey> HomeFirst(DeviceRecord record) =>
        record.Mailboxes.OrderBy(mailbox => mailbox.Relay == record.Relay ? 0 : 1);
}
