using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Core.Clips;
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
    private const string WithCircle = "lives-with-circle";

    /// <summary>Well below the hour that knocks and tags name, and above what comparisons differ by.</summary>
    private static readonly TimeSpan OffsetTolerance = TimeSpan.FromMinutes(1);

    private readonly AgentPorts _ports;
    private readonly DeviceSecrets _secrets;
    private DeviceRecord _record;
    private IReadOnlyList<PrekeyPair> _prekeys;

    private readonly SteadyClock _steady;
    private TimeSpan _toldOffset;

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
        Rules = SharingRules.Read(record.Settings);
        _prekeys = ImportPrekeys(record);
        Circle = circle;
        Pending = pending;
        Stamps = stamps;
        _steady = new SteadyClock(ports.Time);
        Echo = ports.Echo ?? new EchoFilter();
    }

    public DeviceKey Key { get; private set; }

    public DeviceId Id => Key.Id;

    public DeviceRecord Record
    {
        get => _record;
        set
        {
            _record = value;
            Rules = SharingRules.Read(value.Settings);
            foreach (var prekey in _prekeys)
            {
                prekey.Dispose();
            }
            _prekeys = ImportPrekeys(value);
        }
    }

    /// <summary>Those in <see cref="Record"/>.</summary>
    public SharingRules Rules { get; private set; }

    public bool IsPaused => Pause.IsOn(Record, Now);

    /// <summary>Whether a clip goes on this clipboard by itself: it is ours, or the rules have nothing against it.</summary>
    public bool Takes(Clip clip) => clip.Origin == Id || Rules.IsAutomatic(SharingDirection.In, clip.Origin, clip);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<PrekeyPair> Prekeys => _prekeys;

    public CircleState Circle { get; set; }

    public PendingInviter? Pending { get; set; }

    public StampClock Stamps { get; private set; }

    public CircleClock Clock { get; } = new();

    public EchoFilter Echo { get; }

    /// <summary>The stamp of the secret that holds the clipboard, which no store knows; null if none does.</summary>
    public ClipStamp? SecretClaim
    {
        get;
        set
        {
            field = value;
            ClaimChanged?.Invoke();
        }
    }

    /// <summary>A secret took the clipboard, or gave it up.</summary>
    public event Action? ClaimChanged;

    /// <summary>A copy made here is on its way through stages 1 to 4, or waits for its turn: it keeps the clipboard.</summary>
    public bool IsCopying
    {
        get => field || _ports.Clipboard.Changes.Count > 0;
        set;
    }

    public DateTimeOffset Now => _ports.Time.GetUtcNow();

    /// <summary>For how long something lasted: unlike <see cref="Now"/>, nobody sets it.</summary>
    public DateTimeOffset SteadyNow => _steady.Now;

    public DateTimeOffset CircleNow => Clock.Now(Now, SteadyNow);

    /// <summary>Clips stamped later do not hold the clipboard, not even own ones: a clock was a day ahead then.</summary>
    public DateTimeOffset PlausibleUntil => CircleNow + Limits.StampAhead;

    /// <summary>The circle's time is more than what this device's own clock says, or there is nobody to ask.</summary>
    public bool KnowsTime => Circle.Peers.Count == 0 || HasComparedClocks;

    public bool HasComparedClocks => Circle.Peers.Any(peer => Clock.OffsetOf(peer.Device) is not null);

    /// <summary>
    /// With a copy that takes the clipboard: what is stamped in the future was copied before it, by a clock that was ahead. It
    /// would claim the clipboard once its time has come, here and nowhere else.
    /// </summary>
    public IEnumerable<StoreWrite> EndFutureClaims() => KnowsTime ? [new EndClaims(PlausibleUntil)] : [];

    /// <summary>Raised after circle, relay or name changed: the network and the status follow.</summary>
    public event Action? Changed;

    /// <summary>A peer's clock was compared that was not known, or the circle's time is another since: whoever uses it looks again.</summary>
    public event Action? ClockCompared;

    /// <summary>
    /// The circle's time less this device's own, for what is told of it; until <see cref="ClockCompared"/> it is as good as that.
    /// </summary>
    public TimeSpan TellClockOffset() => _toldOffset = CircleNow - Now;

    /// <summary>A live answer: <see cref="CircleClock.Compare"/>.</summary>
    public void CompareClock(DeviceId peer, DateTimeOffset peerTime, DateTimeOffset askedAt)
    {
        var known = Clock.OffsetOf(peer) is not null;
        Clock.Compare(peer, peerTime, askedAt, Now, SteadyNow);
        // Also of a peer that was known: its clock was set, or this one, and then all others were forgotten.
        var differs = (CircleNow - Now - _toldOffset).Duration() > OffsetTolerance;
        if (differs || (!known && Clock.OffsetOf(peer) is not null))
        {
            ClockCompared?.Invoke();
        }
    }

    /// <summary>A peer's clock seems to have been set: it is to be asked.</summary>
    public event Action? ClockDoubted;

    /// <summary>What a peer's clock showed when it sealed its Card for this device.</summary>
    public void HearClock(DeviceId peer, DateTimeOffset peerTime)
    {
        if (Clock.Hear(peer, peerTime, Now))
        {
            ClockDoubted?.Invoke();
        }
    }

    public void RaiseChanged() => Changed?.Invoke();

    /// <summary>This device's places at relays, its home first; none without a home.</summary>
    public IReadOnlyList<RelayAccount> Accounts =>
        _record.Relay is null
            ? []
            :
            [
                .. CardWriter
                    .HomeFirst(_record)
                    .Select(mailbox => new RelayAccount(
                        mailbox.Relay,
                        mailbox.PrivateKey.ToArray(),
                        mailbox.PublicKey.ToArray(),
                        TokenAt(mailbox)
                    )),
            ];

    /// <summary>Who may leave a farewell in each of this device's mailboxes, and do nothing else there.</summary>
    public IEnumerable<PeerAddress> Doors =>
        _record
            .Mailboxes.Select(mailbox => (mailbox.Relay, Id: SignedStatements.IdOfMailbox(mailbox.PublicKey.Span)))
            .SelectMany(mailbox =>
                BeaconPlan.Doors(_record).Select(key => (mailbox.Relay, Door: MailboxDoor.IdOf(key.Span, mailbox.Id)))
            )
            .Select(mailbox => new PeerAddress(Id, mailbox.Relay, mailbox.Door) { IsFormer = true });

    /// <summary>Whose homes and mailboxes count for ours: the companions, and an inviter that is not one yet.</summary>
    public IReadOnlyList<DeviceCard> Companions =>
        Pending is { } pending
        && DeviceCard.TryRead(pending.Card, SignedStatements.IdOf(pending.Genesis), out var inviter)
            ? [.. Circle.Peers, inviter]
            : Circle.Peers;

    /// <summary>Where this device has a mailbox, its home first.</summary>
    public IEnumerable<Uri> Relays => CardWriter.HomeFirst(_record).Select(mailbox => mailbox.Relay);

    public bool HasMailboxAt(Uri relay) => _record.Mailboxes.Any(mailbox => mailbox.Relay == relay);

    /// <summary>Shown in handshakes: my Card, and the Adds that make me a member.</summary>
    public Introduction? Introduction => IntroductionIn(Circle);

    public static Introduction? IntroductionIn(CircleState circle) =>
        circle.CardOf(circle.Self) is { } card && circle.Roster.ChainTo(circle.Self) is { } chain
            ? new Introduction { Card = card.Signed, Adds = { chain } }
            : null;

    /// <summary>Nobody gave this device a home: it took its circle's, and takes that of the next circle it joins.</summary>
    public bool LivesWithCircle => _record.Settings.ContainsKey(WithCircle);

    public static DeviceRecord WithLivesWithCircle(DeviceRecord record, bool does) =>
        record with
        {
            Settings = record
                .Settings.Where(pair => pair.Key != WithCircle)
                .Concat(does ? [new KeyValuePair<string, string>(WithCircle, "1")] : [])
                .ToDictionary(),
        };

    /// <summary>The record with this relay as its home, and what follows from that for its mailboxes.</summary>
    public DeviceRecord WithHome(DeviceRecord record, Uri? relay) =>
        WithMailboxes(MailboxPlan.Move(record, relay, _ports.Random), Companions);

    /// <summary>The record with the mailboxes it needs beside these companions; the same record if it has them.</summary>
    public DeviceRecord WithMailboxes(DeviceRecord record, IReadOnlyList<DeviceCard> companions) =>
        MailboxPlan.Revise(record, companions, Now, _ports.Random);

    /// <summary>My Card says where the mailboxes of this record are.</summary>
    public bool CardNamesMailboxesOf(DeviceRecord record) =>
        Circle.CardOf(Id) is { } card && card.Card.Mailboxes.SequenceEqual(CardWriter.MailboxesOf(record));

    /// <summary>The next version of my Card for a circle, from a record; both are to be stored together.</summary>
    public (DeviceRecord Record, DeviceCard Card) IssueCard(DeviceRecord record, CircleId circle)
    {
        var next = record with { CardVersion = record.CardVersion + 1 };
        return (next, CardWriter.Write(Key, next, circle, Now));
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
            FormerBeacons: [],
            BeaconGone: 0,
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
        var nonce = new byte[32];
        ports.Random.Fill(nonce);
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
            BeaconKey = BeaconPlan.Draw(ports.Random),
            FormerBeacons = [],
            BeaconGone = 0,
            Prekeys = [prekey.Export()],
        };
        return (next, genesis, CardWriter.Write(key, next, SignedStatements.IdOf(genesis), now));
    }

    /// <summary>At a companion's home, what the newest Card of those that live there says.</summary>
    private string? TokenAt(MailboxKey mailbox) =>
        mailbox.Relay == _record.Relay
            ? _record.RelayToken
            : Companions
                .Where(card => card.Home == mailbox.Relay && card.HomeToken is not null)
                .MaxBy(card => card.Card.IssuedAtMs)
                ?.HomeToken
                ?? mailbox.Token;

    internal static List<PrekeyPair> ImportPrekeys(DeviceRecord record)
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
