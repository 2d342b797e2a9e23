using Toss.Agent.Scheduling;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Changes what this device says of itself, one change at a time: name, relay, keys. Peers learn it from its new Card.</summary>
internal sealed class DeviceKeeper(AgentPorts ports, Device device, PeerLocks locks, Courier courier)
{
    /// <summary>A new prekey this often; the old private half is erased 14 days after its replacement.</summary>
    private static readonly TimeSpan PrekeyAge = TimeSpan.FromDays(7);

    private static readonly TimeSpan PrekeyOverlap = TimeSpan.FromDays(14);

    private readonly AsyncLock _one = new();

    /// <summary>Stores a changed record; peers need not know.</summary>
    public async ValueTask ChangeAsync(Func<DeviceRecord, DeviceRecord> change, CancellationToken cancellation)
    {
        using (await _one.EnterAsync(cancellation))
        {
            var record = change(device.Record);
            await ports.Store.CommitAsync(StoreStep.ChangeDevice, [new PutDevice(record)], cancellation);
            device.Record = record;
        }
        device.RaiseChanged();
    }

    /// <summary>Stores a changed record with a new Card, and a row for each peer that carries it. Nothing if nothing changed.</summary>
    public async ValueTask AnnounceAsync(
        StoreStep step,
        Func<DeviceRecord, DeviceRecord> change,
        CancellationToken cancellation
    )
    {
        using (await _one.EnterAsync(cancellation))
        {
            var changed = change(device.Record);
            if (ReferenceEquals(changed, device.Record) && device.CardNamesMailboxesOf(changed))
            {
                return;
            }
            var (record, card) = device.IssueCard(changed, device.Circle.Id);
            List<StoreWrite> writes = [new PutDevice(record), new PutCard(device.Id, card.Signed, card.Version)];
            foreach (var peer in device.Circle.Peers)
            {
                var body = new EnvelopePlaintext
                {
                    Roster = new RosterUpdate { Roster = device.Circle.Roster.ToWire(), Cards = { card.Signed } },
                };
                writes.Add(new InsertDelivery(courier.NewDelivery(peer.Device, body)));
            }
            await ports.Store.CommitAsync(step, writes, cancellation);
            device.Record = record;
            device.Circle = device.Circle.With(card);
        }
        device.RaiseChanged();
        courier.Wake();
    }

    /// <summary>
    /// A change that commits together with other writes, for steps of pairing: <paramref name="commit"/> gets the changed
    /// record and says what is adopted after it.
    /// </summary>
    public async ValueTask<T> WithRecordAsync<T>(
        Func<DeviceRecord, ValueTask<(DeviceRecord Record, T Result)>> commit,
        CancellationToken cancellation
    )
    {
        using (await _one.EnterAsync(cancellation))
        {
            var (record, result) = await commit(device.Record);
            device.Record = record;
            return result;
        }
    }

    /// <summary>Erases what was shared in a circle that removed this device; false if its user kept it meanwhile.</summary>
    public ValueTask<bool> EraseHistoryAsync(HistoryLock locked, BlobSweep blobs, CancellationToken cancellation) =>
        blobs.EraseAsync(
            () =>
                WithRecordAsync<bool>(
                    async record =>
                    {
                        // Its user kept it while this waited its turn.
                        if (!HistoryLock.In(record).Contains(locked))
                        {
                            return (record, false);
                        }
                        var next = HistoryLock.Without(record, locked);
                        await ports.Store.CommitAsync(
                            StoreStep.EraseHistory,
                            [new EraseHistory(locked.Circle, locked.RemovedAt), new PutDevice(next)],
                            cancellation
                        );
                        return (next, true);
                    },
                    cancellation
                ),
            cancellation
        );

    public ValueTask RotatePrekeyAsync(CancellationToken cancellation) => RotatePrekeyAsync(PrekeyAge, cancellation);

    /// <summary>A new prekey if the current one is so old; if not, a new Card all the same, for which peers get a message.</summary>
    public async ValueTask RenewPrekeyAsync(TimeSpan age, CancellationToken cancellation)
    {
        var version = device.Record.CardVersion;
        await RotatePrekeyAsync(age, cancellation);
        if (device.Record.CardVersion == version)
        {
            await AnnounceAsync(StoreStep.RotateKeys, record => record with { }, cancellation);
        }
    }

    /// <summary>
    /// A new prekey when the current one is so old, and the end of those replaced long ago. The current one is never erased.
    /// </summary>
    private async ValueTask RotatePrekeyAsync(TimeSpan age, CancellationToken cancellation)
    {
        var current = device.Prekeys[0];
        if (device.Now - current.CreatedAt < age)
        {
            return;
        }
        using var made = PrekeyPair.Generate(ports.Random, device.Now);
        var exported = made.Export();
        var erased = device
            .Prekeys.Where((_, index) => IsOver(index))
            .Select(prekey => prekey.Public.Id.Memory)
            .ToList();
        await AnnounceAsync(
            StoreStep.RotateKeys,
            record => record with { Prekeys = [exported, .. record.Prekeys.Where((_, index) => !IsOver(index))] },
            cancellation
        );
        if (erased.Count > 0)
        {
            await ForgetEndedAsync(erased, cancellation);
        }
    }

    /// <summary>
    /// Ids of ended sessions are kept so that a replayed handshake is known; one to a prekey that is gone opens no more.
    /// After the erasing, never before it, and not under the record's lock: who holds a peer's may wait for the record.
    /// </summary>
    private async ValueTask ForgetEndedAsync(List<ReadOnlyMemory<byte>> erased, CancellationToken cancellation)
    {
        foreach (var peer in device.Circle.Peers)
        {
            using var held = await locks.EnterAsync(peer.Device, cancellation);
            if (await ports.Store.LoadSessionsAsync(peer.Device, cancellation) is not { } stored)
            {
                continue;
            }
            using var sessions = SealStep.Parse(stored, peer.Device);
            // What is over by now ends first: nobody may have looked since.
            sessions.Expire(device.Now);
            if (erased.Count(prekey => sessions.PrekeyErased(prekey)) > 0)
            {
                await ports.Store.CommitAsync(
                    StoreStep.RotateKeys,
                    [new PutSessions(peer.Device, stored.Version, sessions.Serialize(), sessions.Ids)],
                    cancellation
                );
            }
        }
    }

    /// <summary>A prekey was replaced when the next newer one was made.</summary>
    private bool IsOver(int index) => index > 0 && device.Now - device.Prekeys[index - 1].CreatedAt > PrekeyOverlap;
}
