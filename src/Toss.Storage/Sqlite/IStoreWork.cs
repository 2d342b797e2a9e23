namespace Toss.Storage.Sqlite;

/// <summary>Where the store's blocking work runs, one piece at a time, in order.</summary>
internal interface IStoreWork : IAsyncDisposable
{
    ValueTask<T> Run<T>(Func<T> work, CancellationToken cancellation);
}
