using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent.Scheduling;

/// <summary>One step at a time per peer: a session is loaded, used and committed before the next step sees it.</summary>
internal sealed class PeerLocks
{
    private readonly Dictionary<DeviceId, AsyncLock> _locks = [];

    public ValueTask<IDisposable> EnterAsync(DeviceId peer, CancellationToken cancellation)
    {
        if (!_locks.TryGetValue(peer, out var one))
        {
            one = new AsyncLock();
            _locks.Add(peer, one);
        }
        return one.EnterAsync(cancellation);
    }
}
