using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Who is there: what the network says of peers and of relays.</summary>
internal sealed class PeerPresence(AgentPorts ports, Device device)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<PeerPresence>();
    private readonly Dictionary<DeviceId, DateTimeOffset> _online = [];
    private readonly Dictionary<DeviceId, DateTimeOffset> _seen = [];
    private readonly LinkLog _links = new(ports.Logs.CreateLogger<LinkLog>(), () => device.SteadyNow);
    private readonly Wake _relayChanged = new(ports.Time);
    private readonly Dictionary<Uri, RelayStateChanged> _relays = [];
    private Uri? _home;
    private TimeSpan _listened;
    private DateTimeOffset? _listensSince;

    /// <summary>The state of this device's home.</summary>
    public RelayState Relay => _home is null ? RelayState.None : _relays[_home].State;

    public RelayRefusal? Refusal => _home is null ? null : _relays[_home].Refusal;

    /// <summary>With a refused version: which program is the older, `toss` or `toss-relay`.</summary>
    public string? Update => _home is null ? null : _relays[_home].Update;

    /// <summary>
    /// For how long in this run this device could have heard from others: it was at its home, or has none and is in its network.
    /// </summary>
    public TimeSpan Listened => _listened + (_listensSince is { } since ? device.SteadyNow - since : TimeSpan.Zero);

    /// <summary>The other relays at which this device has a mailbox, in the order of their addresses.</summary>
    public IEnumerable<RelayStateChanged> Others =>
        _relays
            .Values.Where(known => known.Relay != _home)
            .OrderBy(known => known.Relay.AbsoluteUri, StringComparer.Ordinal);

    public bool IsConnected(Uri relay) =>
        _relays.TryGetValue(relay, out var known) && known.State == RelayState.Connected;

    /// <summary>What is for a peer that is away can be left in one of its mailboxes.</summary>
    public bool ReachesMailbox(DeviceCard peer) => peer.Addresses.Any(address => IsConnected(address.Relay));

    /// <summary>A peer, a link or a relay came or went.</summary>
    public event Action? Changed;

    /// <summary>A path may have come back: deliveries, receipts, fetches look again.</summary>
    public event Action? PathsChanged;

    /// <summary>A peer was there, and is not any more.</summary>
    public event Action? PeerLeft;

    /// <summary>Somebody else logged in to a mailbox of ours.</summary>
    public event Action? Replaced;

    /// <summary>The addresses at which this device listens for links may be others; true: whatever they are, peers know old ones.</summary>
    public event Action<bool>? ListensElsewhere;

    public bool IsOnline(DeviceId peer) => _online.ContainsKey(peer);

    /// <summary>The earliest moment after <paramref name="sent"/> at which this peer is known to have been there; null if there is none.</summary>
    public DateTimeOffset? AliveAfter(DeviceId peer, DateTimeOffset sent) =>
        _online.TryGetValue(peer, out var since) ? (since > sent ? since : sent)
        : _seen.TryGetValue(peer, out var at) && at >= sent ? at
        : null;

    /// <summary>What the network was told to use; until it says more, that is being dialled.</summary>
    public void Configured(IReadOnlyList<RelayAccount> accounts)
    {
        foreach (var gone in _relays.Keys.Except(accounts.Select(account => account.Relay)).ToList())
        {
            _relays.Remove(gone);
        }
        foreach (var account in accounts)
        {
            _relays.TryAdd(account.Relay, new RelayStateChanged(account.Relay, RelayState.Connecting, null));
        }
        _home = accounts.Count > 0 ? accounts[0].Relay : null;
        NoteListening();
        _relayChanged.Ring();
    }

    /// <summary>True once the home is connected; false if it is not within the time, or says no.</summary>
    public async ValueTask<bool> WaitForRelayAsync(TimeSpan within, CancellationToken cancellation)
    {
        var deadline = device.SteadyNow + within;
        while (
            Relay is not (RelayState.Connected or RelayState.Refused or RelayState.None) && device.SteadyNow < deadline
        )
        {
            await _relayChanged.WaitAsync(deadline - device.SteadyNow, cancellation);
        }
        return Relay == RelayState.Connected;
    }

    public void Seen(DeviceId peer) => _seen[peer] = device.Now;

    public void Handle(NetworkEvent happened)
    {
        switch (happened)
        {
            case PresenceChanged { Online: true } presence:
                _online.TryAdd(presence.Peer, device.Now);
                Seen(presence.Peer);
                PathsChanged?.Invoke();
                break;
            case PresenceChanged presence:
                if (_online.Remove(presence.Peer))
                {
                    Seen(presence.Peer);
                    PeerLeft?.Invoke();
                }
                break;
            case LinkOpened opened:
                _links.Opened(opened);
                break;
            case LinkEnded ended:
                _links.Ended(ended);
                break;
            case CandidatesChanged changed:
                if (changed.IsAnew)
                {
                    _log.Awake();
                }
                ListensElsewhere?.Invoke(changed.IsAnew);
                break;
            case RelayStateChanged relay when _relays.ContainsKey(relay.Relay):
                _relays[relay.Relay] = relay;
                NoteListening();
                _relayChanged.Ring();
                _log.RelayState(relay.State.ToString(), relay.Refusal?.ToString());
                if (relay.Refusal == RelayRefusal.Replaced)
                {
                    Replaced?.Invoke();
                }
                if (relay.State == RelayState.Connected)
                {
                    PathsChanged?.Invoke();
                }
                break;
        }
        Changed?.Invoke();
    }

    private void NoteListening()
    {
        _listened = Listened;
        _listensSince = Relay is RelayState.Connected or RelayState.None ? device.SteadyNow : null;
    }
}
