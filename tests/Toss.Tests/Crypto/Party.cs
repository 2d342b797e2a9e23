using System.Globalization;
using Google.Protobuf;
using Toss.Crypto;
using Toss.Crypto.Envelopes;
using Toss.Crypto.Identity;
using Toss.Testing;
using Toss.Wire;

namespace Toss.Tests.Crypto;

/// <summary>
/// One device of a circle of two, without storage or network: seals and opens like an agent does, on a clone that
/// replaces the kept sessions only if it worked, and asserts that a refusal left no trace.
/// </summary>
internal sealed class Party
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly CircleId Circle = SignedStatements.IdOf(
        new Genesis { Nonce = ByteString.CopyFrom(new byte[32]) }
    );

    private readonly IRandomSource _random;
    private readonly EnvelopeSealer _sealer;

    public Party(ulong seed, DateTimeOffset? now = null)
    {
        _random = new SeededRandomSource(seed);
        Key = DeviceKey.Generate(_random);
        Prekeys.Add(PrekeyPair.Generate(_random, now ?? Start));
        _sealer = new(_random) { KeyObserver = used => Keys.Add(Convert.ToHexString(used.Span)) };
    }

    public DeviceKey Key { get; }

    public List<PrekeyPair> Prekeys { get; } = [];

    public PeerSessions Sessions { get; set; } = new();

    /// <summary>Key ‖ nonce of everything sealed.</summary>
    public List<string> Keys { get; } = [];

    public Card Card =>
        new()
        {
            CircleId = ByteString.CopyFrom(Circle.ToBytes()),
            DeviceKey = ByteString.CopyFrom(Key.PublicKey.Span),
            Version = 1,
            Name = "device",
            Prekey = Prekeys[0].Public,
        };

    public static (Party A, Party B) Two(ulong seed = 1) => (new Party(seed), new Party(seed + 1000));

    /// <summary>Two parties of which both have heard from the other.</summary>
    public static (Party A, Party B) TwoInSession(ulong seed = 1)
    {
        var (a, b) = Two(seed);
        b.MustOpen(a.Seal(b, "hello"), "hello");
        a.MustOpen(b.Seal(a, "welcome"), "welcome");
        return (a, b);
    }

    public static EnvelopePlaintext Text(string text) =>
        new()
        {
            MessageId = ByteString.CopyFrom(new byte[16]),
            Clip = new() { Body = ByteString.CopyFromUtf8(text) },
        };

    public static EnvelopePlaintext Text(int number) => Text(number.ToString(CultureInfo.InvariantCulture));

    public byte[] Seal(Party to, string text, DateTimeOffset? now = null, Introduction? introduction = null)
    {
        var result = TrySeal(to, Text(text), now, introduction);
        return result.Status == SealStatus.Sealed
            ? result.Envelope
            : throw new InvalidOperationException($"Not sealed: {result.Status}");
    }

    public SealResult TrySeal(
        Party to,
        EnvelopePlaintext plaintext,
        DateTimeOffset? now = null,
        Introduction? introduction = null,
        Card? card = null
    )
    {
        var copy = Sessions.Clone();
        var before = Sessions.Serialize();
        var result = _sealer.Seal(copy, Key, Circle, card ?? to.Card, introduction, plaintext, now ?? Start);
        Xunit.Assert.Equal(before, Sessions.Serialize());
        if (result.Status == SealStatus.Sealed)
        {
            Sessions.Dispose();
            Sessions = copy;
        }
        else
        {
            Xunit.Assert.Equal(before, copy.Serialize());
        }
        return result;
    }

    public OpenResult Open(byte[] envelope, DateTimeOffset? now = null)
    {
        var before = Sessions.Serialize();
        var status = EnvelopeOpener.TryReadHeader(envelope, out var outside);
        if (status != OpenStatus.Opened)
        {
            return new(status, null);
        }
        HandshakeClaim? claim = null;
        if (outside.HasHandshake && !Sessions.Ids.Contains(outside.Session))
        {
            status = EnvelopeOpener.Identify(outside, Prekeys, Circle, Key.Id, out claim);
            if (status != OpenStatus.Opened)
            {
                return new(status, null);
            }
        }
        var copy = Sessions.Clone();
        var result = EnvelopeOpener.Open(copy, outside, claim, now ?? Start);
        claim?.Dispose();
        Xunit.Assert.Equal(before, Sessions.Serialize());
        if (result.Status == OpenStatus.Opened)
        {
            Sessions.Dispose();
            Sessions = copy;
        }
        else
        {
            Xunit.Assert.Null(result.Plaintext);
            Xunit.Assert.Equal(before, copy.Serialize());
        }
        return result;
    }

    public void MustOpen(byte[] envelope, string text, DateTimeOffset? now = null)
    {
        var result = Open(envelope, now);
        Xunit.Assert.Equal(OpenStatus.Opened, result.Status);
        Xunit.Assert.Equal(text, result.Plaintext!.Clip.Body.ToStringUtf8());
    }

    public void MustRefuse(byte[] envelope, params OpenStatus[] allowed)
    {
        var status = Open(envelope).Status;
        Xunit.Assert.NotEqual(OpenStatus.Opened, status);
        if (allowed.Length > 0)
        {
            Xunit.Assert.Contains(status, allowed);
        }
    }

    public byte[] Snapshot() => Sessions.Serialize();

    public void Restore(byte[] snapshot)
    {
        Xunit.Assert.True(PeerSessions.TryParse(snapshot, out var sessions));
        Sessions = sessions;
    }

    /// <summary>A thief with my prekeys and this state: everything a stolen disk and key store give, but no device key.</summary>
    public Party Thief(byte[] snapshot)
    {
        var thief = new Party(77, this);
        thief.Restore(snapshot);
        return thief;
    }

    private Party(ulong seed, Party victim)
    {
        _random = new SeededRandomSource(seed);
        Key = victim.Key;
        Prekeys.AddRange(victim.Prekeys);
        _sealer = new(_random);
    }
}
