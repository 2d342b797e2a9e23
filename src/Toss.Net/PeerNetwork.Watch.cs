using System.Net.NetworkInformation;

namespace Toss.Net;

/// <content>The network may be another one than a moment ago: docs/protocol/links.md.</content>
public sealed partial class PeerNetwork
{
    private void BeginWatch()
    {
        if (_context.Options.WatchSleep)
        {
            _watch.Start();
        }
        if (_context.Options.WatchSystem)
        {
            NetworkChange.NetworkAddressChanged += OnAddressChanged;
            // A cable that is plugged in again where the interface kept its address; Linux tells no address of IPv6 either.
            NetworkChange.NetworkAvailabilityChanged += OnAvailabilityChanged;
        }
    }

    private async ValueTask EndWatchAsync()
    {
        NetworkChange.NetworkAddressChanged -= OnAddressChanged;
        NetworkChange.NetworkAvailabilityChanged -= OnAvailabilityChanged;
        await _watch.DisposeAsync();
    }

    private void OnAddressChanged(object? sender, EventArgs changed) => _watch.Changed();

    private void OnAvailabilityChanged(object? sender, NetworkAvailabilityEventArgs changed) => _watch.Changed();

    /// <summary>
    /// Relays and links are asked at once whether they are still there, and what waited for a better moment is tried now. A
    /// laptop that wakes up in another network should not wait out a minute of back-off.
    /// </summary>
    /// <param name="wasAway">Whether this device slept: then what others know of it is old too.</param>
    private void OnNetworkNews(bool wasAway)
    {
        lock (_gate)
        {
            foreach (var connection in _relays.All)
            {
                connection.Hurry();
            }
        }
        _links?.Hurry(wasAway);
        _lan?.Refresh(wasAway);
    }
}
