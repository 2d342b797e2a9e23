using Toss.Core.Ports;
using Toss.Transport.Paths;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>Which addresses each peer has, and at which of them it was seen. Not thread-safe.</summary>
internal sealed class PeerDirectory
{
    private readonly Dictionary<PeerAddress, DateTimeOffset> _seen = [];
    private readonly Dictionary<DeviceId, PeerPath> _current = [];
    private readonly HashSet<DeviceId> _linked = [];
    private IReadOnlyList<PeerAddress> _addresses = [];

    /// <summary>The peers that nothing is known of any more.</summary>
    public List<DeviceId> Replace(IReadOnlyList<PeerAddress> addresses)
    {
        var online = _seen.Keys.Select(address => address.Peer).Distinct().ToList();
        // A card may name any relay; those we would not dial ourselves are no address.
        _addresses = [.. addresses.Select(Normal).OfType<PeerAddress>()];
        foreach (var gone in _seen.Keys.Except(_addresses).ToList())
        {
            _seen.Remove(gone);
        }
        return [.. online.Where(peer => !IsOnline(peer))];
    }

    public AllowList MailboxesAt(Uri relay) => new(MailboxesAt(relay, former: false), MailboxesAt(relay, former: true));

    private List<MailboxId> MailboxesAt(Uri relay, bool former) =>
        [
            .. _addresses
                .Where(address => address.Relay == relay && address.IsFormer == former)
                .Select(address => address.Mailbox)
                .Distinct(),
        ];

    public bool IsOnline(DeviceId peer) => _linked.Contains(peer) || _seen.Keys.Any(address => address.Peer == peer);

    /// <summary>There is a link to this peer, or none any more.</summary>
    public void SetLinked(DeviceId peer, bool linked) => _ = linked ? _linked.Add(peer) : _linked.Remove(peer);

    /// <summary>The peers whose being online or not this changed.</summary>
    public List<DeviceId> Mark(Uri relay, MailboxId mailbox, DateTimeOffset? seen) =>
        Changed(_addresses.Where(address => address.Relay == relay && address.Mailbox == mailbox), seen);

    /// <summary>Nothing is known from a relay any more.</summary>
    public List<DeviceId> Forget(Uri relay) => Changed(_addresses.Where(address => address.Relay == relay), null);

    /// <summary>All ways to a peer, with what is known of each. The first of its addresses is its home.</summary>
    public List<PeerPath> PathsTo(DeviceId peer, Uri? home, Func<Uri, (bool Usable, TimeSpan? RoundTrip)> at) =>
        [
            .. _addresses
                .Where(address => address.Peer == peer && !address.IsFormer)
                .Select(
                    (address, index) =>
                    {
                        var (usable, roundTrip) = at(address.Relay);
                        return new PeerPath(
                            PathKind.Relay,
                            usable,
                            _seen.TryGetValue(address, out var seen) ? seen : null,
                            roundTrip
                        )
                        {
                            Relay = address.Relay,
                            Mailbox = address.Mailbox,
                            Rank =
                                index == 0 ? 0
                                : address.Relay == home ? 1
                                : 2,
                        };
                    }
                ),
        ];

    /// <summary>Stage 7: the policy's choice, which it keeps in mind.</summary>
    public PeerPath? Choose(IPathPolicy policy, DeviceId peer, List<PeerPath> paths)
    {
        if (!policy.TryChoose(paths, _current.GetValueOrDefault(peer), out var chosen))
        {
            _current.Remove(peer);
            return null;
        }
        return _current[peer] = chosen;
    }

    private static PeerAddress? Normal(PeerAddress address) =>
        RelayUrl.Normal(address.Relay) is { } relay ? address with { Relay = relay } : null;

    private List<DeviceId> Changed(IEnumerable<PeerAddress> addresses, DateTimeOffset? seen)
    {
        var changed = new List<DeviceId>();
        foreach (var address in addresses)
        {
            var before = IsOnline(address.Peer);
            if (seen is { } at)
            {
                _seen[address] = at;
            }
            else
            {
                _seen.Remove(address);
            }
            if (IsOnline(address.Peer) != before)
            {
                changed.Add(address.Peer);
            }
        }
        return changed;
    }
}
