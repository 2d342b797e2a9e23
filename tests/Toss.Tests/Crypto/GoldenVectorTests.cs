using System.Text.Json;
using Google.Protobuf;
using Toss.Crypto;
using Toss.Crypto.Blobs;
using Toss.Crypto.Identity;
using Toss.Crypto.Pairing;
using Toss.Crypto.Records;
using Toss.Testing;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Crypto;

/// <summary>
/// Everything we send or keep, byte for byte, under seeded randomness (block i = SHA-256(seed ‖ i)): a change of any
/// layout, label or order of draws shows here. The files are made once, with TOSS_WRITE_VECTORS=1, and then only when
/// the protocol's version changes.
/// </summary>
public sealed class GoldenVectorTests
{
    private static readonly DateTimeOffset Now = Party.Start;

    [Fact]
    public void Identity_cards_and_logins()
    {
        var random = new SeededRandomSource(1);
        using var key = DeviceKey.Generate(random);
        using var prekey = PrekeyPair.Generate(random, Now);
        var genesis = new Genesis { Nonce = Draw(random, 32), FounderKey = ByteString.CopyFrom(key.PublicKey.Span) };
        var circle = SignedStatements.IdOf(genesis);
        var (mailboxKey, mailboxPublic, mailbox) = SignedStatements.NewMailboxKey(random);
        var card = new Card
        {
            CircleId = ByteString.CopyFrom(circle.ToBytes()),
            DeviceKey = genesis.FounderKey,
            Version = 3,
            Name = "Laptop",
            ProtocolVersion = 1,
            Prekey = prekey.Public,
            BeaconKey = Draw(random, 16),
            IssuedAtMs = Now.ToUnixTimeMilliseconds(),
            Mailboxes =
            {
                new MailboxAddress
                {
                    Relay = "wss://relay.example/",
                    MailboxId = ByteString.CopyFrom(mailbox.ToBytes()),
                },
            },
        };
        var signedCard = key.Sign(Labels.Card, card.ToByteArray());
        var add = key.Sign(
            Labels.RosterStatement,
            new RosterStatement
            {
                CircleId = card.CircleId,
                Add = new AddDevice { SubjectKey = ByteString.CopyFrom(mailboxPublic) },
                IssuedAtMs = card.IssuedAtMs,
            }.ToByteArray()
        );
        byte[] nonce = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        Check(
            "identity",
            new()
            {
                ["random seed"] = "1",
                ["device seed"] = Hex(key.Export()),
                ["device public key"] = Hex(key.PublicKey.Span),
                ["device id"] = key.Id.ToString(),
                ["fingerprint"] = key.Id.Fingerprint,
                ["prekey export"] = Hex(prekey.Export()),
                ["prekey"] = Hex(prekey.Public.ToByteArray()),
                ["genesis"] = Hex(genesis.ToByteArray()),
                ["circle id"] = circle.ToString(),
                ["mailbox private key"] = Hex(mailboxKey),
                ["mailbox public key"] = Hex(mailboxPublic),
                ["mailbox id"] = mailbox.ToString(),
                ["relay nonce"] = Hex(nonce),
                ["relay login signature"] = Hex(SignedStatements.SignRelayLogin(mailboxKey, nonce, mailbox)),
                ["signed card"] = Hex(signedCard.ToByteArray()),
                ["signed add"] = Hex(add.ToByteArray()),
                ["statement id of the add"] = SignedStatements.IdOf(add).ToString(),
            }
        );
    }

    [Fact]
    public void A_conversation()
    {
        var a = new Party(1);
        var b = new Party(2);
        var introduction = new Introduction { Card = a.Key.Sign(Labels.Card, a.Card.ToByteArray()) };
        var vectors = new Dictionary<string, string>
        {
            ["random seeds of A and B"] = "1, 2",
            ["now, Unix ms"] = $"{Now.ToUnixTimeMilliseconds()}",
            ["circle id"] = Party.Circle.ToString(),
            ["device seed of A"] = Hex(a.Key.Export()),
            ["device seed of B"] = Hex(b.Key.Export()),
            ["prekey export of A"] = Hex(a.Prekeys[0].Export()),
            ["prekey export of B"] = Hex(b.Prekeys[0].Export()),
            ["plaintext of 1"] = Hex(Party.Text("first").ToByteArray()),
        };
        var first = a.Seal(b, "first", introduction: introduction);
        vectors["envelope 1, A to B, with handshake and introduction"] = Hex(first);
        vectors["session id"] = a.Sessions.Sending!.Value.ToString();
        vectors["key and nonce of 1"] = a.Keys[0].ToLowerInvariant();
        vectors["sessions of A after sealing 1"] = Hex(a.Snapshot());
        b.MustOpen(first, "first");
        vectors["sessions of B after opening 1"] = Hex(b.Snapshot());
        var answer = b.Seal(a, "answer");
        vectors["envelope 2, B to A"] = Hex(answer);
        a.MustOpen(answer, "answer");
        var skipped = a.Seal(b, "skipped");
        var next = a.Seal(b, "next");
        vectors["envelope 3, A to B, overtaken"] = Hex(skipped);
        vectors["envelope 4, A to B"] = Hex(next);
        b.MustOpen(next, "next");
        vectors["sessions of B after opening 4"] = Hex(b.Snapshot());
        b.MustOpen(skipped, "skipped");
        Check("envelope", vectors);
    }

    [Fact]
    public void A_pairing()
    {
        Assert.True(PairingCode.TryParse("123-456 789", out var code));
        using var link = PairingCode.ForLink(new Uri("wss://relay.example/"), "token", new SeededRandomSource(3));
        using var joiner = new PairingJoiner(code, new SeededRandomSource(1));
        using var inviter = new PairingInviter(code, new SeededRandomSource(2));
        using var key = DeviceKey.Generate(new SeededRandomSource(4));
        var pA = joiner.Start();
        Assert.True(inviter.TryHandle(pA, out var pB));
        Assert.True(joiner.TryHandle(pB, out var cA));
        Assert.True(inviter.TryHandle(cA, out var cB));
        Assert.True(joiner.TryHandle(cB, out _));
        Check(
            "pairing",
            new()
            {
                ["random seeds of joiner and inviter"] = "1, 2",
                ["code"] = code.Reveal(),
                ["w before reduction"] = Hex(code.DeriveW()),
                ["pA"] = Hex(pA),
                ["pB"] = Hex(pB),
                ["cA"] = Hex(cA),
                ["cB"] = Hex(cB),
                ["transcript"] = Hex(joiner.Channel!.Transcript),
                ["first sealed message of the inviter (Done)"] = Hex(
                    inviter.Channel!.Seal(new PairingPayload { Done = new() })
                ),
                ["first sealed message of the joiner (Done)"] = Hex(
                    joiner.Channel.Seal(new PairingPayload { Done = new() })
                ),
                ["device seed of the signer"] = Hex(key.Export()),
                ["transcript signature as joiner"] = Hex(joiner.Channel.SignTranscript(key)),
                ["transcript signature as inviter"] = Hex(inviter.Channel.SignTranscript(key)),
                ["link"] = link.Reveal(),
                ["slot of the link"] = Hex(link.Slot.Span),
                ["w of the link before reduction"] = Hex(link.DeriveW()),
            }
        );
    }

    [Fact]
    public void Blobs_and_records()
    {
        using var sealer = new BlobSealer(new SeededRandomSource(1));
        var chunk = sealer.Seal("some content"u8, true);
        var blob = sealer.Finish();
        byte[] storageKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using var cipher = new RecordCipher(storageKey, new SeededRandomSource(1));
        Check(
            "blob-and-record",
            new()
            {
                ["random seed"] = "1",
                ["content"] = Hex("some content"u8),
                ["sealed chunk"] = Hex(chunk),
                ["blob"] = Hex(blob.ToWire().ToByteArray()),
                ["storage key"] = Hex(storageKey),
                ["record: table clips, row 0102, plaintext 030405"] = Hex(cipher.Seal("clips", [1, 2], [3, 4, 5])),
                ["index: table clips, value 030405"] = Hex(cipher.Index("clips", [3, 4, 5])),
                ["passphrase key: correct horse, salt 16 x 01, 256 KiB, 2 passes, 1 lane"] = Hex(
                    Passphrase.DeriveKey("correct horse", Enumerable.Repeat((byte)1, 16).ToArray(), 256, 2, 1)
                ),
            }
        );
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static void Check(string name, Dictionary<string, string> actual)
    {
        var path = Path.Combine(Repository.Root(), "tests", "Toss.Tests", "Crypto", "vectors", name + ".json");
        if (Environment.GetEnvironmentVariable("TOSS_WRITE_VECTORS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, JsonSerializer.Serialize(actual, Indented) + "\n");
        }
        var expected = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path))!;
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (key, value) in expected)
        {
            Assert.True(value == actual[key], $"{name}: '{key}' is {actual[key]}, was {value}");
        }
    }

    private static ByteString Draw(SeededRandomSource random, int length)
    {
        var bytes = new byte[length];
        random.Fill(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
