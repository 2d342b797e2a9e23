namespace Toss.Storage.Sqlite;

/// <summary>Where the store's blocking work runs, one piece at a time, in order.</summary>
internal interface IStoreWork : IAsyncDisposable
{
    /// <param name="isLook">Reads a few rows by their keys, which may be done wherever it is quickest.</param>
    ValueTask<T> Run<T>(Func<T> work, bool isLook, CancellationToken cancellation);
}
