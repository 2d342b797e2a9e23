using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// When each peer last showed that it knows the same circle: its envelopes carry the digest of its roster, and which Card of
/// this device it has. With
/// `toss devices --verbose` it answers who can read this device, and who has not heard of the latest change.
/// </summary>
internal sealed class Agreements(AgentPorts ports, Device device)
{
    /// <summary>A commit carries the time along this often; more would only write more.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly Dictionary<DeviceId, DateTimeOffset> _last = [];
    private readonly Dictionary<DeviceId, DateTimeOffset> _stored = [];
    private readonly Dictionary<(DeviceId Self, DeviceId Peer), ulong> _cards = [];

    /// <summary>A peer has a newer Card of this device than it had shown before.</summary>
    public event Action? CardShown;

    public async ValueTask LoadAsync(CancellationToken cancellation)
    {
        foreach (var (peer, at) in await ports.Store.AgreementsAsync(cancellation))
        {
            (_last[peer], _stored[peer]) = (at, at);
        }
    }

    public DateTimeOffset? LastOf(DeviceId peer) => _last.TryGetValue(peer, out var at) ? at : null;

    /// <summary>The newest version of this device's Card that a peer has shown to have since the start; 0 if none.</summary>
    public ulong CardHeldBy(DeviceId peer) => _cards.GetValueOrDefault((device.Id, peer));

    /// <summary>What an opened envelope adds to its commit.</summary>
    public IEnumerable<StoreWrite> Hear(DeviceId peer, EnvelopePlaintext said)
    {
        if (said.CardVersion > CardHeldBy(peer))
        {
            _cards[(device.Id, peer)] = said.CardVersion;
            CardShown?.Invoke();
        }
        if (!said.RosterDigest.Span.SequenceEqual(device.Circle.Roster.Digest.Span))
        {
            return [];
        }
        var now = device.Now;
        _last[peer] = now;
        if (_stored.TryGetValue(peer, out var stored) && (now - stored).Duration() < Kept)
        {
            return [];
        }
        _stored[peer] = now;
        return [new PutAgreement(peer, now)];
    }
}
