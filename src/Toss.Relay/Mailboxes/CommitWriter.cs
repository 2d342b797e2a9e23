using Microsoft.Data.Sqlite;

namespace Toss.Relay.Mailboxes;

/// <summary>
/// The one writer of the database. Whatever was asked while the last commit went to disk shares the next one, so an fsync
/// is paid per batch and not per envelope; a single request waits for exactly one. Order of asking is order of effect.
/// </summary>
internal sealed class CommitWriter : IAsyncDisposable
{
    /// <summary>Requests per transaction: 256 envelopes of 128 KiB are 32 MiB of WAL at most.</summary>
    private const int MaxBatch = 256;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly SqliteConnection _database;
    private readonly Queue<IWork> _waiting = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopping;

    /// <param name="database">Owned from here on, and closed at the end.</param>
    public CommitWriter(SqliteConnection database)
    {
        _database = database;
        // A thread of its own: SQLite blocks in fsync, and a pool thread that blocks is missing elsewhere.
        _thread = new Thread(Run) { IsBackground = true, Name = "toss-relay commits" };
        _thread.Start();
    }

    /// <summary>Completes when what <paramref name="work"/> did is durable; throws <see cref="RelayStorageException"/> if it is not.</summary>
    public Task<T> RunAsync<T>(RelayStep step, Func<SqliteConnection, T> work)
    {
        var item = new Work<T>(step, work);
        lock (_gate)
        {
            if (_stopping)
            {
                throw new RelayStorageException(RelayStorageFailure.Unavailable);
            }
            _waiting.Enqueue(item);
        }
        _signal.Release();
        return item.Completion.Task;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return;
            }
            _stopping = true;
        }
        _signal.Release();
        await _stopped.Task;
        await _database.DisposeAsync();
        _signal.Dispose();
    }

    private void Run()
    {
        var batch = new List<IWork>(MaxBatch);
        while (true)
        {
            _signal.Wait();
            bool last;
            lock (_gate)
            {
                while (batch.Count < MaxBatch && _waiting.TryDequeue(out var work))
                {
                    batch.Add(work);
                }
                last = _stopping && _waiting.Count == 0;
            }
            if (batch.Count > 0)
            {
                Commit(batch);
                batch.Clear();
            }
            if (last)
            {
                _stopped.SetResult();
                return;
            }
        }
    }

    private void Commit(List<IWork> batch)
    {
        RelayStorageException? failure = null;
        try
        {
            using var transaction = _database.BeginTransaction(deferred: false);
            foreach (var work in batch)
            {
                work.Do(_database);
                FaultPoint.Before($"Relay.{work.Step}");
            }
            transaction.Commit();
            foreach (var work in batch)
            {
                FaultPoint.After($"Relay.{work.Step}");
            }
        }
        catch (SqliteException exception)
        {
            // Disk full, read-only, broken: nothing of this batch happened, and everyone in it hears so.
            failure = new RelayStorageException(RelayStorageFailure.Unavailable, exception);
        }
        foreach (var work in batch)
        {
            work.Complete(failure);
        }
    }

    private interface IWork
    {
        RelayStep Step { get; }
        void Do(SqliteConnection database);
        void Complete(RelayStorageException? failure);
    }

    private sealed class Work<T>(RelayStep step, Func<SqliteConnection, T> work) : IWork
    {
        private T? _result;

        public RelayStep Step => step;

        public TaskCompletionSource<T> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Do(SqliteConnection database) => _result = work(database);

        public void Complete(RelayStorageException? failure)
        {
            if (failure is null)
            {
                Completion.SetResult(_result!);
            }
            else
            {
                Completion.SetException(failure);
            }
        }
    }
}
