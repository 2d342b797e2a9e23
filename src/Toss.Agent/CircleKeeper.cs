using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Who belongs: takes what members say of the circle, admits, removes, leaves. Every change is stored before it counts.</summary>
internal sealed partial class CircleKeeper(
    AgentPorts ports,
    Device device,
    DeviceKeeper keeper,
    Courier courier,
    Farewells farewells,
    CloneWatch clones
)
{
    /// <summary>Setting that marks a newcomer whose Add nobody confirmed yet; its value is the time, Unix milliseconds.</summary>
    public const string Unconfirmed = "unconfirmed:";

    private readonly ILogger _log = ports.Logs.CreateLogger<CircleKeeper>();

    /// <summary>Raised when this device became a member of its inviter's circle, by whichever way the Add came.</summary>
    public event Action? Joined;

    /// <summary>What a handshake's introduction adds; its writes join the step's.</summary>
    public CircleChange Introduce(IntroducedPeer? introduced, List<StoreWrite> writes)
    {
        if (introduced is null)
        {
            return CircleChange.None(device.Circle);
        }
        var change = CircleChange.Of(device.Circle, introduced.Adds, [introduced.Card]);
        writes.AddRange(change.Writes(device.Circle));
        return change;
    }

    /// <summary>Takes a change into memory after its commit. True if it was one.</summary>
    public async ValueTask<bool> AdoptAsync(CircleChange change, CancellationToken cancellation)
    {
        if (change.IsEmpty)
        {
            return false;
        }
        var before = device.Circle;
        device.Circle = CircleChange.Of(before, change.Statements, change.Cards).Preview;
        if (change.Own is { } own && own.Device == device.Id)
        {
            device.Circle = device.Circle.With(own);
        }
        foreach (var gone in before.Peers.Where(peer => device.Circle.Peer(peer.Device) is null))
        {
            device.Clock.Forget(gone.Device);
            _log.Removed(gone.Device.Short);
        }
        await LeaveIfRemovedAsync(cancellation);
        device.RaiseChanged();
        return true;
    }

    /// <summary>
    /// A device that was removed tells the others what it knows, locks the history it shared with them, and goes on by
    /// itself. If the disk or the key store refuse that now, it stays a device without peers until they take it.
    /// </summary>
    public async ValueTask LeaveIfRemovedAsync(CancellationToken cancellation)
    {
        if (device.Circle.SelfIsMember)
        {
            return;
        }
        _log.SelfRemoved();
        try
        {
            await FoundOwnAsync(device.Circle, removed: true, cancellation);
        }
        catch (StoreException failure)
        {
            _log.WorkFailed("Leaving the circle", failure);
        }
    }

    /// <summary>
    /// What a device says that was a member once. Its Revokes count as they always did: two devices that remove each other
    /// are both removed, whoever is heard first. Nothing else of it is taken.
    /// </summary>
    public async ValueTask<ArrivalEffect> HearRemovedAsync(OpenedEnvelope opened, CancellationToken cancellation)
    {
        var said = opened.Plaintext!.Roster?.Roster?.Statements ?? [];
        var theirs = Core.Circle.Roster.Found(device.Circle.Roster.Genesis).Merge(said, out _);
        // Known there, and no member: what says nothing of it, as a Card alone from before the Revoke, shows nothing.
        if (theirs.IsKnown(opened.Peer!.Value) && !theirs.IsMember(opened.Peer.Value))
        {
            await farewells.ConfirmAsync(opened.Peer.Value, cancellation);
        }
        var change = CircleChange.Of(device.Circle, device.Circle.Roster.RevokesBy(opened.Peer.Value, said), []);
        if (change.IsEmpty)
        {
            return new ArrivalEffect("Removed device, nothing new");
        }
        change = await CommitAsync(
            StoreStep.MergeRoster,
            change,
            made => Announcements(made, except: null),
            cancellation
        );
        await AdoptAsync(change, cancellation);
        courier.Wake();
        return new ArrivalEffect("Revokes of a removed device");
    }

    /// <summary>
    /// Stores a change together with what <paramref name="others"/> make of it. Whoever is out by it has this device's beacon
    /// key from its Card: then it gets another one in the same commit, and the change that is returned, and is to be adopted,
    /// holds the Card that says so.
    /// </summary>
    public async ValueTask<CircleChange> CommitAsync(
        StoreStep step,
        CircleChange change,
        Func<CircleChange, IEnumerable<StoreWrite>> others,
        CancellationToken cancellation
    ) =>
        await keeper.WithRecordAsync(
            async record =>
            {
                var (next, made) = (BeaconPlan.Rotate(record, change.Preview, device.Now, ports.Random), change);
                if (!ReferenceEquals(next, record))
                {
                    (next, var card) = device.IssueCard(next, change.Preview.Id);
                    made = change.WithOwn(card);
                }
                List<StoreWrite> writes =
                [
                    .. others(made),
                    .. made.Writes(device.Circle),
                    .. made.Own is null ? [] : new StoreWrite[] { new PutDevice(next) },
                ];
                if (await ports.Store.CommitAsync(step, writes, cancellation) == CommitResult.Conflict)
                {
                    throw new StoreException(StoreFailure.Busy, "Another process changed this device's sessions.");
                }
                return (next, made);
            },
            cancellation
        );

    /// <summary>A roster and Cards from a peer, in one commit with its envelope.</summary>
    public async ValueTask<ArrivalEffect> MergeAsync(
        OpenedEnvelope opened,
        RosterUpdate update,
        CircleChange introduced,
        IReadOnlyList<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var change = CircleChange.Of(
            device.Circle,
            [.. introduced.Statements, .. update.Roster?.Statements ?? []],
            [.. introduced.Cards, .. ReadCards(update, device.Circle.Id)]
        );
        // Others may not know yet what this peer told us: pass it on, once, by rows like any other. Who is at another relay
        // now may not be able to say so itself: a mailbox takes nothing from one that its owner has not heard of.
        var isNews = change.Statements.Count > 0 || change.Moves(device.Circle);
        change = await CommitAsync(
            StoreStep.MergeRoster,
            change,
            made =>
                made.Own is not null ? [.. writes, .. Announcements(made, except: null)]
                : isNews ? [.. writes, .. Announcements(made, except: opened.Peer)]
                : writes,
            cancellation
        );
        opened.Release();
        await AdoptAsync(change, cancellation);
        device.HearClock(opened.Peer!.Value, UnixTime.Of(opened.Plaintext!.SentAtMs));
        courier.Wake();
        return new ArrivalEffect("Roster");
    }

    /// <summary>The member's half of pairing: stores the newcomer's Add and Card, and a row that brings it the roster whatever happens.</summary>
    public async ValueTask<Signed> AdmitAsync(DeviceCard newcomer, CancellationToken cancellation)
    {
        var (added, change) = await keeper.WithRecordAsync(
            async record =>
            {
                var add = Core.Circle.Roster.SignAdd(
                    device.Key,
                    device.Circle.Id,
                    newcomer.Card.DeviceKey.Span,
                    device.Now
                );
                var change = CircleChange.Of(device.Circle, [add], [newcomer]);
                var settings = new Dictionary<string, string>(record.Settings)
                {
                    [Unconfirmed + newcomer.Device] = device
                        .Now.ToUnixTimeMilliseconds()
                        .ToString(System.Globalization.CultureInfo.InvariantCulture),
                };
                var next = record with { Settings = settings };
                List<StoreWrite> writes =
                [
                    new PutDevice(next),
                    .. change.Writes(device.Circle),
                    .. Announcements(change, except: null),
                ];
                await ports.Store.CommitAsync(StoreStep.AdmitNewcomer, writes, cancellation);
                return (next, (add, change));
            },
            cancellation
        );
        // Not while the record is held: who was removed meanwhile founds a circle of its own, and that takes the record.
        await AdoptAsync(change, cancellation);
        _log.Joined(newcomer.Device.Short);
        courier.Wake();
        return added;
    }

    /// <summary>The newcomer answered: its Add stands for good.</summary>
    public async ValueTask ConfirmAsync(DeviceId newcomer, CancellationToken cancellation)
    {
        if (device.Record.Settings.ContainsKey(Unconfirmed + newcomer))
        {
            await keeper.ChangeAsync(
                record =>
                    record with
                    {
                        Settings = record.Settings.Where(pair => pair.Key != Unconfirmed + newcomer).ToDictionary(),
                    },
                cancellation
            );
        }
    }

    /// <summary>
    /// Another device with a circle of its own, in the commit that holds the farewells to all of the circle that is
    /// <paramref name="left"/>. History stays; of a device that others <paramref name="removed"/>, what it shared is locked.
    /// </summary>
    public async ValueTask FoundOwnAsync(CircleState left, bool removed, CancellationToken cancellation)
    {
        await keeper.WithRecordAsync<bool>(
            async record =>
            {
                if (device.Circle.Id != left.Id)
                {
                    return (record, false);
                }
                var others = left.Cards.Where(card => card.Device != left.Self && !left.Roster.IsRevoked(card.Device));
                var goodbyes = farewells.Seal(left, others).ToList();
                var settings = record.Settings.Where(pair =>
                    !pair.Key.StartsWith(Unconfirmed, StringComparison.Ordinal)
                );
                if (removed)
                {
                    settings = settings.Append(HistoryLock.Of(left.Id, device.Now));
                }
                var next = await device.BecomeAnotherAsync(
                    record with
                    {
                        Settings = settings.ToDictionary(),
                    },
                    async (next, genesis, card) =>
                        await ports.Store.CommitAsync(
                            StoreStep.LeaveCircle,
                            [
                                new PutCircle(genesis),
                                new PutDevice(next),
                                new PutCard(card.Device, card.Signed, card.Version),
                                .. goodbyes,
                            ],
                            cancellation
                        ),
                    cancellation
                );
                return (next, true);
            },
            cancellation
        );
        device.RaiseChanged();
        farewells.Wake();
    }

    /// <summary>Rows for each member of the changed circle that carry its whole roster and all Cards.</summary>
    public IEnumerable<StoreWrite> Announcements(CircleChange change, DeviceId? except) =>
        Announcements(change, change.Preview.Peers.Select(peer => peer.Device).Where(peer => peer != except));

    /// <summary>The same for these.</summary>
    public IEnumerable<StoreWrite> Announcements(CircleChange change, IEnumerable<DeviceId> to)
    {
        var bodies = RosterParts.Of(change.Preview).Select(part => new EnvelopePlaintext { Roster = part }).ToList();
        return to.SelectMany(peer => bodies.Select(body => new InsertDelivery(courier.NewDelivery(peer, body))));
    }

    private List<DeviceCard> ReadCards(RosterUpdate update, CircleId circle)
    {
        var cards = new List<DeviceCard>();
        foreach (var signed in update.Cards.Take(Limits.Devices))
        {
            if (DeviceCard.TryRead(signed, circle, out var card))
            {
                cards.Add(card);
                clones.SeesCard(card);
            }
        }
        return cards;
    }
}
