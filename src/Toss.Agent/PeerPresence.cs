using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Who is there: what the network says of peers and of the relay.</summary>
internal sealed class PeerPresence(AgentPorts ports, Device device)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<PeerPresence>();
    private readonly HashSet<DeviceId> _online = [];
    private readonly Dictionary<DeviceId, DateTimeOffset> _seen = [];
    private TaskCompletionSource? _relayChanged;
    private Uri? _configured;

    public RelayState Relay { get; private set; } = RelayState.None;

    public RelayRefusal? Refusal { get; private set; }

    /// <summary>What is for a peer that is away can be left in its mailbox.</summary>
    public bool HasMailboxes => Relay == RelayState.Connected;

    /// <summary>A path may have come back: deliveries, receipts, fetches look again.</summary>
    public event Action? PathsChanged;

    public bool IsOnline(DeviceId peer) => _online.Contains(peer);

    /// <summary>When something of this peer was last opened, or it was last online; null if not since the start.</summary>
    public DateTimeOffset? LastSeen(DeviceId peer) =>
        IsOnline(peer) ? device.Now
        : _seen.TryGetValue(peer, out var at) ? at
        : null;

    /// <summary>What the network was told to use; until it says more, that is being dialled.</summary>
    public void Configured(Uri? relay)
    {
        if (relay != _configured)
        {
            _configured = relay;
            Relay = relay is null ? RelayState.None : RelayState.Connecting;
            Refusal = null;
            _online.Clear();
        }
    }

    /// <summary>True once the relay is connected; false if it is not within the time, or says no.</summary>
    public async ValueTask<bool> WaitForRelayAsync(TimeSpan within, CancellationToken cancellation)
    {
        var deadline = device.Now + within;
        while (Relay is not (RelayState.Connected or RelayState.Refused or RelayState.None) && device.Now < deadline)
        {
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _relayChanged = changed;
            await Task.WhenAny(changed.Task, Task.Delay(deadline - device.Now, ports.Time, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
        return Relay == RelayState.Connected;
    }

    public void Seen(DeviceId peer) => _seen[peer] = device.Now;

    public void Handle(NetworkEvent happened)
    {
        switch (happened)
        {
            case PresenceChanged { Online: true } presence:
                _online.Add(presence.Peer);
                Seen(presence.Peer);
                PathsChanged?.Invoke();
                break;
            case PresenceChanged presence:
                _online.Remove(presence.Peer);
                break;
            case RelayStateChanged relay:
                Relay = relay.State;
                Refusal = relay.Refusal;
                _relayChanged?.TrySetResult();
                _log.RelayState(relay.State.ToString(), relay.Refusal?.ToString());
                if (relay.State == RelayState.Connected)
                {
                    PathsChanged?.Invoke();
                }
                else
                {
                    _online.Clear();
                }
                break;
        }
    }
}
