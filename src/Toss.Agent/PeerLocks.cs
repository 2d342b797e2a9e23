using Toss.Wire;

namespace Toss.Agent;

/// <summary>One step at a time per peer: a session is loaded, used and committed before the next step sees it.</summary>
internal sealed class PeerLocks
{
    private readonly Dictionary<DeviceId, SemaphoreSlim> _locks = [];

    public async ValueTask<IDisposable> EnterAsync(DeviceId peer, CancellationToken cancellation)
    {
        if (!_locks.TryGetValue(peer, out var semaphore))
        {
            semaphore = new SemaphoreSlim(1, 1);
            _locks.Add(peer, semaphore);
        }
        await semaphore.WaitAsync(cancellation);
        return new Held(semaphore);
    }

    private sealed class Held(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
