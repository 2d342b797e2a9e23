using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Sync;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// What the agent holds in memory of itself and its circle: a cache of the store, changed only after the commit that
/// made the change durable. Lives on the agent's thread.
/// </summary>
internal sealed class Device
{
    private readonly AgentPorts _ports;
    private readonly DeviceSecrets _secrets;
    private DeviceRecord _record;
    private IReadOnlyList<PrekeyPair> _prekeys;

    private readonly SteadyClock _steady;

    private Device(
        AgentPorts ports,
        DeviceSecrets secrets,
        DeviceKey key,
        DeviceRecord record,
        CircleState circle,
        PendingInviter? pending,
        StampClock stamps
    )
    {
        _ports = ports;
        _secrets = secrets;
        Key = key;
        _record = record;
        _prekeys = ImportPrekeys(record);
        Circle = circle;
        Pending = pending;
        Stamps = stamps;
        _steady = new SteadyClock(ports.Time);
    }

    public DeviceKey Key { get; private set; }

    public DeviceId Id => Key.Id;

    public DeviceRecord Record
    {
        get => _record;
        set
        {
            _record = value;
            foreach (var prekey in _prekeys)
            {
                prekey.Dispose();
            }
            _prekeys = ImportPrekeys(value);
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<PrekeyPair> Prekeys => _prekeys;

    public CircleState Circle { get; set; }

    public PendingInviter? Pending { get; set; }

    public StampClock Stamps { get; private set; }

    public CircleClock Clock { get; } = new();

    public EchoFilter Echo { get; } = new();

    public DateTimeOffset Now => _ports.Time.GetUtcNow();

    /// <summary>For how long something lasted: unlike <see cref="Now"/>, nobody sets it.</summary>
    public DateTimeOffset SteadyNow => _steady.Now;

    public DateTimeOffset CircleNow => Clock.Now(Now);

    /// <summary>Clips stamped later do not hold the clipboard, not even own ones: a clock was a day ahead then.</summary>
    public DateTimeOffset PlausibleUntil => CircleNow + Limits.StampAhead;

    /// <summary>Raised after circle, relay or name changed: the network and the status follow.</summary>
    public event Action? Changed;

    public void RaiseChanged() => Changed?.Invoke();

    /// <summary>This device's place at its relay, or null without one.</summary>
    public RelayAccount? Account => _record.Relay is { } relay ? AccountAt(relay, _record) : null;

    public RelayAccount? AccountAt(Uri relay, DeviceRecord record) =>
        record.Mailboxes.FirstOrDefault(mailbox => mailbox.Relay == relay) is { } key
            ? new RelayAccount(relay, key.PrivateKey.ToArray(), key.PublicKey.ToArray(), record.RelayToken)
            : null;

    /// <summary>Shown in handshakes: my Card, and the Adds that make me a member.</summary>
    public Introduction? Introduction => IntroductionIn(Circle);

    public static Introduction? IntroductionIn(CircleState circle) =>
        circle.CardOf(circle.Self) is { } card && circle.Roster.ChainTo(circle.Self) is { } chain
            ? new Introduction { Card = card.Signed, Adds = { chain } }
            : null;

    /// <summary>The record with a mailbox at this relay, made if there is none yet.</summary>
    public DeviceRecord WithMailbox(DeviceRecord record, Uri relay)
    {
        if (record.Mailboxes.Any(mailbox => mailbox.Relay == relay))
        {
            return record;
        }
        var (privateKey, publicKey, _) = SignedStatements.NewMailboxKey(_ports.Random);
        return record with { Mailboxes = [.. record.Mailboxes, new MailboxKey(relay, privateKey, publicKey)] };
    }

    /// <summary>The next version of my Card for a circle, from a record; both are to be stored together.</summary>
    public (DeviceRecord Record, DeviceCard Card) IssueCard(DeviceRecord record, CircleId circle)
    {
        var next = record with { CardVersion = record.CardVersion + 1 };
        return (next, BuildCard(Key, next, circle, Now));
    }

    /// <summary>
    /// The same installation as another device, with a circle of its own: nothing but name, place at the relay and settings
    /// goes along. <paramref name="commit"/> stores what it gets; after it, this is that device. A device that was removed
    /// comes back as another one, because a Revoke is final.
    /// </summary>
    public async ValueTask<DeviceRecord> BecomeAnotherAsync(
        DeviceRecord record,
        Func<DeviceRecord, Genesis, DeviceCard, ValueTask> commit,
        CancellationToken cancellation
    )
    {
        var key = await _secrets.PrepareAsync(Key, cancellation);
        var (next, genesis, card) = NewCircle(_ports, key, record);
        await commit(next, genesis, card);
        Key = key;
        Stamps = new StampClock(key.Id, Stamps.LastMilliseconds, Stamps.LastCounter);
        Circle = new CircleState(key.Id, Core.Circle.Roster.Found(genesis), [card]);
        Pending = null;
        await _secrets.SettleAsync(key, cancellation);
        return next;
    }

    /// <summary>Loads this device, or founds it with a circle of its own on the first start.</summary>
    public static async ValueTask<Device> LoadAsync(
        AgentPorts ports,
        DeviceSecrets secrets,
        AgentOptions options,
        CancellationToken cancellation
    )
    {
        var record =
            await ports.Store.LoadDeviceAsync(cancellation)
            ?? await FoundAsync(ports, secrets.Key, options, cancellation);
        var key =
            secrets.Find(record.PublicKey)
            ?? throw new StoreException(StoreFailure.Damaged, "The store belongs to another device key.");
        // An earlier run may have ended while the device became another one.
        await secrets.SettleAsync(key, cancellation);
        var stored = await ports.Store.LoadCircleAsync(cancellation);
        if (stored.Genesis is null)
        {
            throw new StoreException(StoreFailure.Damaged, "The store has a device but no circle.");
        }
        var roster = Core.Circle.Roster.Found(stored.Genesis).Merge(stored.Statements, out _);
        var cards = new List<DeviceCard>();
        foreach (var signed in stored.Cards.Values)
        {
            if (DeviceCard.TryRead(signed, roster.Circle, out var card))
            {
                cards.Add(card);
            }
        }
        var newest = await ports.Store.NewestClaimAsync(DateTimeOffset.MaxValue, cancellation);
        var stamps = new StampClock(key.Id, record.LastStampMilliseconds, record.LastStampCounter);
        if (newest is not null)
        {
            stamps.Observe(newest.Clip.Stamp, DateTimeOffset.MaxValue - Limits.StampAhead);
        }
        return new Device(ports, secrets, key, record, new CircleState(key.Id, roster, cards), stored.Pending, stamps);
    }

    private static async ValueTask<DeviceRecord> FoundAsync(
        AgentPorts ports,
        DeviceKey key,
        AgentOptions options,
        CancellationToken cancellation
    )
    {
        var empty = new DeviceRecord(
            PublicKey: default,
            DeviceName.From(options.DefaultName),
            options.KeyStoreKind,
            Paused: false,
            CardVersion: 0,
            BeaconKey: default,
            Prekeys: [],
            Mailboxes: [],
            Relay: null,
            RelayToken: null,
            LastStampMilliseconds: 0,
            LastStampCounter: 0,
            new Dictionary<string, string>()
        );
        var (record, genesis, card) = NewCircle(ports, key, empty);
        await ports.Store.CommitAsync(
            StoreStep.CreateDevice,
            [new PutDevice(record), new PutCircle(genesis), new PutCard(key.Id, card.Signed, card.Version)],
            cancellation
        );
        return record;
    }

    /// <summary>A circle with this key as its founder and only member, and all that such a device has of its own.</summary>
    private static (DeviceRecord Record, Genesis Genesis, DeviceCard Card) NewCircle(
        AgentPorts ports,
        DeviceKey key,
        DeviceRecord record
    )
    {
        var (nonce, beacon) = (new byte[32], new byte[16]);
        ports.Random.Fill(nonce);
        ports.Random.Fill(beacon);
        var now = ports.Time.GetUtcNow();
        using var prekey = PrekeyPair.Generate(ports.Random, now);
        var genesis = new Genesis
        {
            Nonce = ByteString.CopyFrom(nonce),
            FounderKey = ByteString.CopyFrom(key.PublicKey.Span),
        };
        var next = record with
        {
            PublicKey = key.PublicKey,
            CardVersion = 1,
            BeaconKey = beacon,
            Prekeys = [prekey.Export()],
        };
        return (next, genesis, BuildCard(key, next, SignedStatements.IdOf(genesis), now));
    }

    private static DeviceCard BuildCard(DeviceKey key, DeviceRecord record, CircleId circle, DateTimeOffset now)
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
        };
        using (var prekey = ImportPrekeys(record)[0])
        {
            card.Prekey = prekey.Public;
        }
        foreach (var mailbox in record.Mailboxes)
        {
            card.Mailboxes.Add(
                new MailboxAddress
                {
                    Relay = mailbox.Relay.AbsoluteUri,
                    MailboxId = ByteString.CopyFrom(
                        System.Security.Cryptography.SHA256.HashData(mailbox.PublicKey.Span)
                    ),
                }
            );
        }
        return DeviceCard.Issue(key, card);
    }

    private static List<PrekeyPair> ImportPrekeys(DeviceRecord record)
    {
        var prekeys = new List<PrekeyPair>();
        foreach (var exported in record.Prekeys)
        {
            if (PrekeyPair.TryImport(exported.Span, out var pair))
            {
                prekeys.Add(pair);
            }
        }
        if (prekeys.Count == 0)
        {
            throw new StoreException(StoreFailure.Damaged, "The device record holds no usable prekey.");
        }
        return prekeys;
    }
}
