using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Crypto.Envelopes;
using Toss.Crypto.Identity;
using Toss.Testing;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Core;

/// <summary>A circle of any size that a roster may have is told in envelopes that hold what they have to.</summary>
public sealed class RosterPartsTests
{
    /// <summary>Each tells everything by itself as long as it fits; then in any order.</summary>
    [Theory]
    [InlineData(2, 1)]
    [InlineData(30, 1)]
    [InlineData(100, 2)]
    [InlineData(180, 5)]
    public void All_Cards_travel_in_envelopes_that_hold_them(int devices, int envelopes)
    {
        var keys = Enumerable.Range(1, devices).Select(number => Key((ulong)number)).ToList();
        var circle = CircleOf(keys);

        var parts = RosterParts.Of(circle);

        Assert.Equal(envelopes, parts.Count);
        Assert.Equal(devices, parts.Sum(part => part.Cards.Count));
        Assert.All(parts, part => AssertFits(part, circle, keys));
        foreach (var order in new[] { parts, [.. parts.Reverse()] })
        {
            // A newcomer that holds nothing but the founding and its own Card.
            var known = new CircleState(keys[^1].Id, Roster.Found(circle.Roster.Genesis), []);
            foreach (var part in order)
            {
                var cards = part.Cards.Select(signed =>
                    DeviceCard.TryRead(signed, circle.Id, out var card)
                        ? card
                        : throw new InvalidDataException("a Card that does not read")
                );
                var roster = known.Roster.Merge(part.Roster.Statements, out _);
                known = new CircleState(known.Self, roster, [.. known.Cards, .. cards]);
            }
            Assert.Equal(circle.Cards.Select(card => card.Device), known.Cards.Select(card => card.Device));
            Assert.Equal(devices - 1, known.Peers.Count);
        }
    }

    /// <summary>In the first envelope of a session, with the longest introduction that there may be.</summary>
    private static void AssertFits(RosterUpdate part, CircleState circle, List<DeviceKey> keys)
    {
        var introduction = new Introduction { Card = circle.CardOf(keys[1].Id)!.Signed };
        introduction.Adds.AddRange(Enumerable.Repeat(circle.Roster.ChainTo(keys[1].Id)![0], Limits.IntroductionChain));
        var body = new EnvelopePlaintext
        {
            MessageId = ByteString.CopyFrom(new byte[MessageId.Size]),
            RosterDigest = ByteString.CopyFrom(circle.Roster.Digest.Span),
            Roster = part,
        };
        using var sessions = new PeerSessions();
        var result = new EnvelopeSealer(new SeededRandomSource(7)).Seal(
            sessions,
            keys[1],
            circle.Id,
            circle.CardOf(keys[0].Id)!.Card,
            introduction,
            body,
            Now
        );
        Assert.Equal(SealStatus.Sealed, result.Status);
        Assert.InRange(result.Envelope.Length, 1, Limits.Envelope);
    }

    /// <summary>Everybody was added by one of three, as a signer adds 64 at most.</summary>
    private static CircleState CircleOf(List<DeviceKey> keys)
    {
        var roster = Roster.Found(
            new Genesis
            {
                Nonce = ByteString.CopyFrom(new byte[32]),
                FounderKey = ByteString.CopyFrom(keys[0].PublicKey.Span),
            }
        );
        var adds = keys.Skip(1)
            .Select(
                (key, index) => Roster.SignAdd(keys[index < 3 ? 0 : index % 3], roster.Circle, key.PublicKey.Span, Now)
            )
            .ToList();
        return new CircleState(
            keys[0].Id,
            roster.Merge(adds, out _),
            keys.Select((key, index) => CardOf(key, roster.Circle, (ulong)index))
        );
    }

    private static DeviceCard CardOf(DeviceKey key, CircleId circle, ulong number)
    {
        using var prekey = PrekeyPair.Generate(new SeededRandomSource(1000 + number), Now);
        return DeviceCard.Issue(
            key,
            new Card
            {
                CircleId = ByteString.CopyFrom(circle.ToBytes()),
                DeviceKey = ByteString.CopyFrom(key.PublicKey.Span),
                Version = 3,
                Name = $"The computer in room {number}",
                Prekey = prekey.Public,
                BeaconKey = ByteString.CopyFrom(new byte[16]),
                IssuedAtMs = Now.ToUnixTimeMilliseconds(),
                Mailboxes =
                {
                    new MailboxAddress
                    {
                        Relay = "wss://relay.example.org/",
                        MailboxId = ByteString.CopyFrom(new MailboxId(number, 1).ToBytes()),
                    },
                },
            }
        );
    }
}
