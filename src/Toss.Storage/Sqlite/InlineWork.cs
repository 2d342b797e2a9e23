namespace Toss.Storage.Sqlite;

/// <summary>On the caller, at once: for simulations that must replay by seed.</summary>
internal sealed class InlineWork : IStoreWork
{
    public ValueTask<T> Run<T>(Func<T> work, bool isLook, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellation);
        }
        try
        {
            return ValueTask.FromResult(work());
        }
        catch (Exception failure)
        {
            return ValueTask.FromException<T>(failure);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
