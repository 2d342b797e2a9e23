using Toss.Core.Ports;

namespace Toss.Net;

/// <summary>The connections of one network, one at each relay where the device has a mailbox. Not thread-safe.</summary>
internal sealed class RelayPlaces(Func<RelayAccount, RelayConnection> connect)
{
    // Sorted by address, not hashed: the order in which relays are dialled must repeat in a simulation.
    private readonly SortedDictionary<string, (RelayAccount Account, RelayConnection Connection)> _places = new(
        StringComparer.Ordinal
    );

    /// <summary>The relay this device calls its own.</summary>
    public Uri? HomeRelay { get; private set; }

    public RelayConnection? Home => HomeRelay is { } relay ? At(relay) : null;

    public IEnumerable<RelayConnection> All => _places.Values.Select(place => place.Connection);

    public RelayConnection? At(Uri relay) =>
        _places.TryGetValue(relay.AbsoluteUri, out var place) ? place.Connection : null;

    /// <summary>
    /// Connects where we are not yet, and returns the connections that are not wanted any more. One whose key and token
    /// stay goes on as if nothing had been said.
    /// </summary>
    public List<RelayConnection> Replace(IReadOnlyList<RelayAccount> accounts)
    {
        HomeRelay = accounts.Count > 0 ? accounts[0].Relay : null;
        var gone = new List<RelayConnection>();
        foreach (var (relay, (account, connection)) in _places.ToList())
        {
            if (!accounts.Any(wanted => RelayLogin.AreSame(wanted, account)))
            {
                gone.Add(connection);
                _places.Remove(relay);
            }
        }
        foreach (var account in accounts)
        {
            if (!_places.ContainsKey(account.Relay.AbsoluteUri))
            {
                _places.Add(account.Relay.AbsoluteUri, (account, connect(account)));
            }
        }
        return gone;
    }
}
