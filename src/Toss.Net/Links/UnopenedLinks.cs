using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>
/// Connections of members on which nothing was said yet. One member, or whoever has its key, may have as many of them as we have
/// addresses to be dialled at, so that it takes no place from the others. Thread-safe.
/// </summary>
internal sealed class UnopenedLinks
{
    public const int PerPeer = Limits.Candidates;

    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, int> _counts = [];

    /// <summary>One more; false if that is too many.</summary>
    public bool TryAdd(DeviceId peer)
    {
        lock (_gate)
        {
            var count = _counts.GetValueOrDefault(peer);
            _counts[peer] = Math.Min(count + 1, PerPeer);
            return count < PerPeer;
        }
    }

    /// <summary>One less: it said hello, or ended without.</summary>
    public void Remove(DeviceId peer)
    {
        lock (_gate)
        {
            if (_counts.TryGetValue(peer, out var count) && count > 1)
            {
                _counts[peer] = count - 1;
            }
            else
            {
                _counts.Remove(peer);
            }
        }
    }
}
