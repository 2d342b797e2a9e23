using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Testing.Storage;

/// <summary>Records to store: well-formed for the store, signed by nobody. One seed gives the same ones.</summary>
public sealed class StoreSamples(ulong seed)
{
    private readonly SeededRandomSource _random = new(seed);

    /// <summary>Not a whole millisecond: times must come back to the tick.</summary>
    public static readonly DateTimeOffset Now = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddTicks(
        1234567
    );

    public static readonly Uri Relay = new("wss://relay.example/");

    public byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        _random.Fill(bytes);
        return bytes;
    }

    public DeviceId Device() => DeviceId.TryFrom(Bytes(DeviceId.Size), out var id) ? id : throw new Unreachable();

    public MessageId Message() => MessageId.TryFrom(Bytes(MessageId.Size), out var id) ? id : throw new Unreachable();

    public SessionId Session() => SessionId.TryFrom(Bytes(SessionId.Size), out var id) ? id : throw new Unreachable();

    public ClipId ClipId() => Wire.ClipId.FromParts(Now.ToUnixTimeMilliseconds(), Bytes(10));

    public EnvelopeHash Envelope() =>
        EnvelopeHash.TryFrom(Bytes(EnvelopeHash.Size), out var id) ? id : throw new Unreachable();

    public BlobId BlobId() => Wire.BlobId.TryFrom(Bytes(Wire.BlobId.Size), out var id) ? id : throw new Unreachable();

    public Signed Signed(byte[]? body = null) =>
        new()
        {
            Body = ByteString.CopyFrom(body ?? Bytes(120)),
            Signer = ByteString.CopyFrom(Bytes(32)),
            Signature = ByteString.CopyFrom(Bytes(64)),
        };

    public Genesis Genesis() =>
        new() { Nonce = ByteString.CopyFrom(Bytes(32)), FounderKey = ByteString.CopyFrom(Bytes(32)) };

    public Signed Card(string name) => Signed(new Card { Name = name, Version = 3 }.ToByteArray());

    public PendingInviter Inviter(Genesis? genesis = null) =>
        new(genesis ?? Genesis(), Card("inviter"), [Signed(), Signed()], Now.AddMinutes(10));

    public DeviceRecord DeviceRecord(string name = "Büro 🖥") =>
        new(
            Bytes(32),
            name,
            "key-file",
            Paused: true,
            CardVersion: ulong.MaxValue,
            Bytes(16),
            [
                new FormerBeacon(Bytes(16), ulong.MaxValue, Now, [Device(), Device()]),
                new FormerBeacon(Bytes(16), 3, Now.AddDays(-1), []),
            ],
            BeaconGone: 7,
            [Bytes(100), Bytes(90)],
            [
                new MailboxKey(Relay, Bytes(32), Bytes(32)),
                new MailboxKey(new Uri("ws://10.0.0.7:8080"), Bytes(32), Bytes(32), "its-token", Now.AddDays(8)),
            ],
            Relay,
            "token-of-the-relay",
            Now.ToUnixTimeMilliseconds(),
            ushort.MaxValue,
            new Dictionary<string, string> { ["history.clips"] = "500", ["notify"] = "" }
        );

    /// <summary>A clip of one text. The signed body holds it, as a real one does.</summary>
    public StoredClip Clip(string text, ClipStamp stamp, bool claim = true, ClipState state = ClipState.Complete)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        return new StoredClip(
            new Clip(
                ClipId(),
                stamp,
                Sensitivity.Normal,
                [new Representation(MediaTypes.Text, bytes.Length, bytes, null)],
                text,
                Signed([.. Bytes(40), .. bytes, .. Bytes(8)])
            ),
            state,
            claim,
            Now
        );
    }

    public StoredClip Clip(string text, long milliseconds, bool claim = true, ClipState state = ClipState.Complete) =>
        Clip(text, new ClipStamp(milliseconds, 0, Device()), claim, state);

    public BlobReference Blob(long length = 300_000) => new(BlobId(), length, Bytes(32), Bytes(3 * 32));

    /// <summary>Every kind of content at once: text in the body, bytes that are not, nothing at all, a blob.</summary>
    public StoredClip MixedClip(BlobReference blob, ClipState state = ClipState.Incomplete)
    {
        var clip = Clip("mixed content", Now.ToUnixTimeMilliseconds(), state: state);
        return clip with
        {
            Clip = clip.Clip with
            {
                Sensitivity = Sensitivity.Secret,
                Preview = "a preview that is not in the body",
                Representations =
                [
                    .. clip.Clip.Representations,
                    new Representation(MediaTypes.Html, 20, Bytes(20), null),
                    new Representation("application/x-empty", 0, Array.Empty<byte>(), null),
                    new Representation(MediaTypes.Png, blob.Length, null, blob),
                ],
            },
        };
    }

    public Delivery Delivery(DeviceId peer, StoredClip clip, DateTimeOffset? at = null) =>
        new(
            peer,
            Message(),
            DeliveryState.Waiting,
            at ?? Now,
            clip.Clip.Id,
            clip.Clip.Stamp,
            Body: null,
            Envelope: null,
            Session: null,
            ChangedAt: null,
            RefusalReason.None
        );

    public Delivery RosterDelivery(DeviceId peer) =>
        new(
            peer,
            Message(),
            DeliveryState.Sent,
            Now,
            Clip: null,
            Stamp: null,
            Body: Bytes(200),
            Envelope: Bytes(1200),
            Session(),
            Now.AddSeconds(1),
            RefusalReason.Paused
        );

    public ReceivedRecord Received(DeviceId peer, DateTimeOffset? at = null, ClipId? clip = null) =>
        new(
            peer,
            Message(),
            Envelope(),
            clip,
            Receipt.Types.Outcome.Unspecified,
            RefusalReason.None,
            ReceiptDue: true,
            at ?? Now,
            ReceiptSentAt: null
        );

    private sealed class Unreachable() : Exception("The sizes agree.");
}
