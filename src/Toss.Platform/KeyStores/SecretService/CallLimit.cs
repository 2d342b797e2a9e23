using Toss.Platform.Native;

namespace Toss.Platform.KeyStores.SecretService;

/// <summary>Ends a blocking call of GLib's after a time, or when the caller no longer wants it.</summary>
internal sealed class CallLimit : IDisposable
{
    private readonly Lock _guard = new();
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _registration;
    private bool _disposed;

    public CallLimit(TimeProvider time, TimeSpan atMost, CancellationToken cancellation)
    {
        Cancellable = LibSecret.CancellableNew();
        _timer = time.CreateTimer(_ => Cancel(), null, atMost, Timeout.InfiniteTimeSpan);
        _registration = cancellation.Register(Cancel);
    }

    public nint Cancellable { get; }

    public bool IsReached { get; private set; }

    public void Dispose()
    {
        _timer.Dispose();
        _registration.Dispose();
        lock (_guard)
        {
            _disposed = true;
            LibSecret.Unref(Cancellable);
        }
    }

    private void Cancel()
    {
        lock (_guard)
        {
            if (!_disposed)
            {
                IsReached = true;
                LibSecret.CancellableCancel(Cancellable);
            }
        }
    }
}
