using Microsoft.Data.Sqlite;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Records;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage;

/// <summary>
/// Everything a device remembers, in one SQLite file sealed under the storage key (docs/protocol/storage.md). All work
/// runs on a thread of its own, in the order of the calls; opened inline, on the caller at once.
/// </summary>
public sealed class SqliteAgentStore : IAgentStore
{
    /// <summary>Instead of a path: a database that ends with the store.</summary>
    public const string InMemory = ":memory:";

    private readonly IStoreWork _work;
    private readonly string? _path;
    private readonly Action<StoreStep, bool>? _fault;
    private readonly Commit _tables;
    private bool _disposed;

    private SqliteAgentStore(IStoreWork work, string? path, Action<StoreStep, bool>? fault, Commit tables)
    {
        _work = work;
        _path = path;
        _fault = fault;
        _tables = tables;
    }

    /// <summary>Clips that listings left out since the store was opened because they do not open: a damaged disk.</summary>
    public int DamagedClips => _tables.Clips.Damaged;

    /// <summary>Opens the store, making or upgrading it first. Fails with <see cref="StoreException"/>.</summary>
    /// <param name="path">The file, made for its owner only; <see cref="InMemory"/>; or a `file:` URI of SQLite.</param>
    /// <param name="cipher">Must outlive the store, which does not dispose it.</param>
    /// <param name="inline">Everything runs on the caller, synchronously: for simulations that must replay.</param>
    /// <param name="fault">Called on the store's thread just before a commit begins (true) and just after it is durable.</param>
    public static ValueTask<SqliteAgentStore> OpenAsync(
        string path,
        RecordCipher cipher,
        bool inline = false,
        Action<StoreStep, bool>? fault = null,
        CancellationToken cancellation = default
    ) => OpenAsync(path, cipher, Schema.Migrations, inline, fault, cancellation);

    internal static async ValueTask<SqliteAgentStore> OpenAsync(
        string path,
        RecordCipher cipher,
        IReadOnlyList<Migration> migrations,
        bool inline,
        Action<StoreStep, bool>? fault,
        CancellationToken cancellation
    )
    {
        var file = path == InMemory || path.StartsWith("file:", StringComparison.Ordinal) ? null : path;
        IStoreWork work = inline ? new InlineWork() : new StoreThread();
        try
        {
            var tables = await work.Run(
                () => Guard(file, () => OpenTables(path, file, cipher, migrations)),
                isLook: false,
                cancellation
            );
            return new SqliteAgentStore(work, file, fault, tables);
        }
        catch
        {
            await work.DisposeAsync();
            throw;
        }
    }

    public ValueTask<CommitResult> CommitAsync(
        StoreStep step,
        IReadOnlyList<StoreWrite> writes,
        CancellationToken cancellation
    ) =>
        Answer(
            () =>
            {
                _fault?.Invoke(step, true);
                FaultPoint.Before($"Store.{step}");
                if (!_tables.Database.Transaction(() => writes.All(_tables.Apply)))
                {
                    return CommitResult.Conflict;
                }
                FaultPoint.After($"Store.{step}");
                _fault?.Invoke(step, false);
                if (writes.Any(Commit.Erases))
                {
                    _tables.Database.Checkpoint();
                }
                return CommitResult.Committed;
            },
            cancellation
        );

    public ValueTask<DeviceRecord?> LoadDeviceAsync(CancellationToken cancellation) =>
        Answer(_tables.Device.Load, cancellation);

    public ValueTask<CircleRecord> LoadCircleAsync(CancellationToken cancellation) =>
        Answer(_tables.Circle.Load, cancellation);

    public ValueTask<StoredSessions?> LoadSessionsAsync(DeviceId peer, CancellationToken cancellation) =>
        Look(() => _tables.Sessions.Load(peer), cancellation);

    public ValueTask<DeviceId?> FindSessionPeerAsync(SessionId session, CancellationToken cancellation) =>
        Look(() => _tables.Sessions.FindPeer(session), cancellation);

    public ValueTask<ReceivedRecord?> FindReceivedAsync(EnvelopeHash envelope, CancellationToken cancellation) =>
        Look(() => _tables.Received.Find(envelope), cancellation);

    public ValueTask<ReceivedRecord?> FindReceivedAsync(
        DeviceId peer,
        MessageId message,
        CancellationToken cancellation
    ) => Look(() => _tables.Received.Find(peer, message), cancellation);

    public ValueTask<IReadOnlyList<ReceivedRecord>> ReceiptsDueAsync(
        DeviceId peer,
        int limit,
        CancellationToken cancellation
    ) => Look<IReadOnlyList<ReceivedRecord>>(() => _tables.Received.Due(peer, limit), cancellation);

    public ValueTask<StoredClip?> FindClipAsync(ClipId clip, CancellationToken cancellation) =>
        Look(() => _tables.Clips.Find(clip), cancellation);

    public ValueTask<StoredClip?> NewestClaimAsync(DateTimeOffset until, CancellationToken cancellation) =>
        Look(() => _tables.Clips.NewestClaim(until.ToUnixTimeMilliseconds()), cancellation);

    public ValueTask<IReadOnlyList<StoredClip>> FindClipsAsync(
        IReadOnlyCollection<ClipId> clips,
        CancellationToken cancellation
    ) => Answer<IReadOnlyList<StoredClip>>(() => _tables.Clips.Find(clips), cancellation);

    public ValueTask<IReadOnlyList<StoredClip>> HistoryBetweenAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        int limit,
        bool marked,
        CancellationToken cancellation
    ) =>
        Answer<IReadOnlyList<StoredClip>>(
            () => _tables.Clips.Between(since.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds(), limit, marked),
            cancellation
        );

    public ValueTask<PreviewPage> ReadPreviewsAsync(long after, int limit, CancellationToken cancellation) =>
        Answer(() => _tables.Clips.Previews(after, limit), cancellation);

    public ValueTask<IReadOnlyList<ClipId>> HistoryIdsAsync(CancellationToken cancellation) =>
        Answer<IReadOnlyList<ClipId>>(_tables.HistoryIds, cancellation);

    public ValueTask<bool> IsDeletedAsync(ClipId clip, CancellationToken cancellation) =>
        Look(() => _tables.Bin.Has(clip) || _tables.Tombstones.Has(clip), cancellation);

    public ValueTask<Deletion?> LastDeletionAsync(CancellationToken cancellation) =>
        Answer(_tables.Bin.Last, cancellation);

    public ValueTask<BinRest> EmptyBinAsync(
        DateTimeOffset before,
        DateTimeOffset now,
        int limit,
        CancellationToken cancellation
    ) =>
        Answer(
            () =>
            {
                BinRest? rest = null;
                FaultPoint.Before("Store.EmptyBin");
                _tables.Database.Transaction(() =>
                {
                    rest = _tables.EmptyBin(before, now, limit);
                    return true;
                });
                FaultPoint.After("Store.EmptyBin");
                if (rest!.Erased > 0)
                {
                    _tables.Database.Checkpoint();
                }
                return rest;
            },
            cancellation
        );

    public ValueTask<bool> CompactAsync(CancellationToken cancellation) =>
        Answer(_tables.Database.Compact, cancellation);

    public ValueTask<IReadOnlyList<StoredClip>> IncompleteClipsAsync(CancellationToken cancellation) =>
        Answer<IReadOnlyList<StoredClip>>(_tables.Clips.Incomplete, cancellation);

    public ValueTask<IReadOnlySet<BlobId>> HeldBlobsAsync(
        IReadOnlyCollection<BlobId> blobs,
        CancellationToken cancellation
    ) => Answer<IReadOnlySet<BlobId>>(() => blobs.Where(_tables.Clips.Holds).ToHashSet(), cancellation);

    public ValueTask<IReadOnlyList<Delivery>> OutgoingDeliveriesAsync(
        DeviceId peer,
        int limit,
        CancellationToken cancellation
    ) => Look<IReadOnlyList<Delivery>>(() => _tables.Deliveries.Outgoing(peer, limit), cancellation);

    public ValueTask<IReadOnlyList<Delivery>> UnansweredDeliveriesAsync(
        DeviceId peer,
        CancellationToken cancellation
    ) => Answer<IReadOnlyList<Delivery>>(() => _tables.Deliveries.Unanswered(peer), cancellation);

    public ValueTask<IReadOnlyList<Delivery>> OfferedDeliveriesAsync(DeviceId peer, CancellationToken cancellation) =>
        Answer<IReadOnlyList<Delivery>>(() => _tables.Deliveries.Offered(peer), cancellation);

    public ValueTask<IReadOnlyList<ReceivedRecord>> ReceivedOfClipAsync(ClipId clip, CancellationToken cancellation) =>
        Answer<IReadOnlyList<ReceivedRecord>>(() => _tables.Received.OfClip(clip), cancellation);

    public ValueTask<IReadOnlyList<Delivery>> ExpiredDeliveriesAsync(DeviceId peer, CancellationToken cancellation) =>
        Answer<IReadOnlyList<Delivery>>(() => _tables.Deliveries.Expired(peer), cancellation);

    public ValueTask<Delivery?> FindDeliveryAsync(DeviceId peer, MessageId message, CancellationToken cancellation) =>
        Look(() => _tables.Deliveries.Find(peer, message), cancellation);

    public ValueTask<IReadOnlyList<Delivery>> DeliveriesOfClipAsync(ClipId clip, CancellationToken cancellation) =>
        Answer<IReadOnlyList<Delivery>>(() => _tables.Deliveries.OfClip(clip), cancellation);

    public ValueTask<IReadOnlyDictionary<ClipId, IReadOnlyList<Delivery>>> DeliveriesOfClipsAsync(
        IReadOnlyCollection<ClipId> clips,
        CancellationToken cancellation
    ) =>
        Answer<IReadOnlyDictionary<ClipId, IReadOnlyList<Delivery>>>(
            () => _tables.Deliveries.OfClips(clips),
            cancellation
        );

    public ValueTask<IReadOnlyDictionary<DeviceId, int>> CountPendingAsync(CancellationToken cancellation) =>
        Answer<IReadOnlyDictionary<DeviceId, int>>(_tables.Deliveries.CountPending, cancellation);

    public ValueTask<IReadOnlyDictionary<DeviceId, DateTimeOffset>> AgreementsAsync(CancellationToken cancellation) =>
        Answer<IReadOnlyDictionary<DeviceId, DateTimeOffset>>(_tables.Agreements.All, cancellation);

    public ValueTask<IReadOnlyList<Farewell>> FarewellsAsync(CancellationToken cancellation) =>
        Answer<IReadOnlyList<Farewell>>(_tables.Farewells.All, cancellation);

    public ValueTask<IReadOnlyList<ClipId>> ClipsOfBlobAsync(BlobId blob, CancellationToken cancellation) =>
        Answer<IReadOnlyList<ClipId>>(() => _tables.Clips.Of(blob), cancellation);

    public ValueTask<bool> IsBlobUploadedAsync(BlobId blob, Uri relay, CancellationToken cancellation) =>
        Look(() => _tables.Uploads.IsUploaded(blob, relay), cancellation);

    public ValueTask<StoreSize> MeasureAsync(CancellationToken cancellation) => Answer(_tables.Measure, cancellation);

    public ValueTask<SweepResult> SweepAsync(DateTimeOffset now, Retention retention, CancellationToken cancellation) =>
        Answer(
            () =>
            {
                SweepResult? result = null;
                FaultPoint.Before("Store.Sweep");
                _tables.Database.Transaction(() =>
                {
                    result = _tables.Sweep(now, retention);
                    return true;
                });
                FaultPoint.After("Store.Sweep");
                if (result!.Erased.Count > 0 || result.Expired > 0)
                {
                    _tables.Database.Checkpoint();
                }
                return result;
            },
            cancellation
        );

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        await _work.Run(
            () =>
            {
                _tables.Database.Dispose();
                return true;
            },
            isLook: false,
            CancellationToken.None
        );
        await _work.DisposeAsync();
    }

    private ValueTask<T> Answer<T>(Func<T> question, CancellationToken cancellation, bool isLook = false)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _work.Run(() => Guard(_path, question), isLook, cancellation);
    }

    /// <summary>A few rows by their keys: what each step of a clip's way begins with.</summary>
    private ValueTask<T> Look<T>(Func<T> question, CancellationToken cancellation) =>
        Answer(question, cancellation, isLook: true);

    private static T Guard<T>(string? path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqliteException failure)
        {
            throw failure.ToStoreException(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Failures.Of(failure);
        }
    }

    private static Commit OpenTables(
        string source,
        string? file,
        RecordCipher cipher,
        IReadOnlyList<Migration> migrations
    )
    {
        if (file is not null)
        {
            OwnerOnly.EnsureFile(file);
        }
        var database = new Database(source);
        try
        {
            var seal = new RowSeal(cipher);
            // Takes the lock now, so that a second process learns it here and not in the middle of its work.
            database.Transaction(() => true);
            Migrator.Migrate(database, migrations);
            new KeyCheck(database, seal).Verify();
            return Commit.On(database, seal);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
