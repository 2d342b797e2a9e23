namespace Toss.Net.Links;

/// <summary>Cancels what waits for the peer for longer than it may.</summary>
internal sealed class Patience : IDisposable
{
    private readonly TimeSpan _most;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _outer;

    public Patience(TimeSpan most, TimeProvider time, CancellationToken cancellation)
    {
        _most = most;
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _outer = cancellation.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Anew from now.</summary>
    public void Begin() => _source.CancelAfter(_most);

    public void End() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _outer.Dispose();
        _source.Dispose();
    }
}
