using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Who is there: what the network says of peers and of the relay.</summary>
internal sealed class PeerPresence(AgentPorts ports, Device device)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<PeerPresence>();
    private readonly Dictionary<DeviceId, DateTimeOffset> _online = [];
    private readonly Dictionary<DeviceId, DateTimeOffset> _seen = [];
    private readonly Wake _relayChanged = new(ports.Time);
    private Uri? _configured;

    public RelayState Relay { get; private set; } = RelayState.None;

    public RelayRefusal? Refusal { get; private set; }

    /// <summary>With a refused version: which program is the older, `toss` or `toss-relay`.</summary>
    public string? Update { get; private set; }

    /// <summary>What is for a peer that is away can be left in its mailbox.</summary>
    public bool HasMailboxes => Relay == RelayState.Connected;

    /// <summary>A path may have come back: deliveries, receipts, fetches look again.</summary>
    public event Action? PathsChanged;

    public bool IsOnline(DeviceId peer) => _online.ContainsKey(peer);

    /// <summary>When something of this peer was last opened, or it was last online; null if not since the start.</summary>
    public DateTimeOffset? LastSeen(DeviceId peer) =>
        IsOnline(peer) ? device.Now
        : _seen.TryGetValue(peer, out var at) ? at
        : null;

    /// <summary>The earliest moment after <paramref name="sent"/> at which this peer is known to have been there; null if there is none.</summary>
    public DateTimeOffset? AliveAfter(DeviceId peer, DateTimeOffset sent) =>
        _online.TryGetValue(peer, out var since) ? (since > sent ? since : sent)
        : _seen.TryGetValue(peer, out var at) && at >= sent ? at
        : null;

    /// <summary>What the network was told to use; until it says more, that is being dialled.</summary>
    public void Configured(Uri? relay)
    {
        if (relay != _configured)
        {
            _configured = relay;
            Relay = relay is null ? RelayState.None : RelayState.Connecting;
            (Refusal, Update) = (null, null);
            _online.Clear();
        }
    }

    /// <summary>True once the relay is connected; false if it is not within the time, or says no.</summary>
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
                }
                break;
            case RelayStateChanged relay:
                Relay = relay.State;
                (Refusal, Update) = (relay.Refusal, relay.Update);
                _relayChanged.Ring();
                _log.RelayState(relay.State.ToString(), relay.Refusal?.ToString());
                if (relay.State == RelayState.Connected)
                {
                    PathsChanged?.Invoke();
                }
                else
                {
                    foreach (var peer in _online.Keys)
                    {
                        Seen(peer);
                    }
                    _online.Clear();
                }
                break;
        }
    }
}
