using System.Net;
using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Tells peers that are there, but not on a link, where this device listens, and hears where they do: sealed, so that no
/// relay learns an address. Never queued: what is true now is of no use tomorrow.
/// </summary>
internal sealed class CandidateExchange(AgentPorts ports, Device device, Signals signals, PeerPresence presence)
{
    /// <summary>
    /// Until a peer that is still on no link is told again; twice as long each time. Most pairs that find no way to each other
    /// will not find one a minute later. One that had a link is told as at first when it lost it: a NAT may have forgotten
    /// where this device is seen, and only this device can find that out.
    /// </summary>
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan AgainAtMost = TimeSpan.FromMinutes(16);

    /// <summary>A peer that asks more often is not answered.</summary>
    private static readonly TimeSpan AnswerAtMost = TimeSpan.FromSeconds(2);

    // Behind what peers say they are, and this device was when it told them last.
    private readonly SortedDictionary<DeviceId, NatMapping> _nats = [];
    private NatMapping _nat;

    private readonly Wake _wake = new(ports.Time);
    private readonly SortedDictionary<DeviceId, (DateTimeOffset At, TimeSpan Pause)> _told = [];
    private readonly SortedDictionary<DeviceId, DateTimeOffset> _answered = [];
    private readonly SortedSet<DeviceId> _asked = [];
    private IReadOnlyList<IPEndPoint> _listening = [];

    /// <summary>Why there is no link to a peer that is there, in one word that stays and in words for its owner.</summary>
    public (string Code, string Words) WhyRelayed(DeviceCard peer)
    {
        if (ports.Network.Candidates.Count == 0)
        {
            return ("links-off", "direct links are off on this device");
        }
        if (!_nats.TryGetValue(peer.Device, out var theirs))
        {
            return ("not-said", $"{peer.Name} has not said where it listens: links may be off there");
        }
        var (ours, isOpen) = (_nat, _nat == NatMapping.None || theirs == NatMapping.None);
        return (ours, theirs) switch
        {
            (NatMapping.DiffersByPeer, NatMapping.DiffersByPeer) when !isOpen => (
                "nats-differ",
                "the NATs of both devices open another port for each peer, so neither can be told where to knock"
            ),
            (NatMapping.DiffersByPeer, _) when !isOpen => (
                "nat-differs",
                "the NAT of this device opens another port for each peer, so its peers cannot be told where to knock"
            ),
            (_, NatMapping.DiffersByPeer) when !isOpen => (
                "peer-nat-differs",
                $"the NAT of {peer.Name} opens another port for each peer, so this device cannot be told where to knock"
            ),
            (NatMapping.Unknown, _) => (
                "not-seen",
                "no relay tells this device how it is seen: UDP to it may be blocked"
            ),
            (_, NatMapping.Unknown) => (
                "peer-not-seen",
                $"no relay tells {peer.Name} how it is seen: UDP to it may be blocked"
            ),
            _ => ("no-answer", $"none of the addresses of {peer.Name} answers: a firewall may keep UDP out"),
        };
    }

    /// <summary>Somebody may have come.</summary>
    public void Wake() => _wake.Ring();

    /// <summary>The network changed: if this device listens elsewhere now, or was away, everybody is to know.</summary>
    public void Renew(bool isAnew)
    {
        var listening = ports.Network.Candidates;
        if (isAnew || !listening.SequenceEqual(_listening))
        {
            _listening = listening;
            _told.Clear();
            _wake.Ring();
        }
    }

    /// <summary>A peer said where it listens. What is no address is left out.</summary>
    public void Hear(DeviceId peer, EnvelopePlaintext said)
    {
        if (said.Candidates is not { } heard)
        {
            return;
        }
        _nats[peer] = heard.Nat;
        ports.Network.LearnCandidates(
            peer,
            [.. heard.Candidates_.Take(Limits.Candidates).Select(Read).OfType<IPEndPoint>()]
        );
        if (
            heard.WantAnswer
            && !(_answered.TryGetValue(peer, out var before) && device.SteadyNow - before < AnswerAtMost)
        )
        {
            _answered[peer] = device.SteadyNow;
            _asked.Add(peer);
            _wake.Ring();
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            foreach (var gone in _told.Keys.Where(peer => !presence.IsOnline(peer)).ToList())
            {
                _told.Remove(gone);
            }
            foreach (var linked in _told.Keys.Where(peer => !IsRelayed(peer)).ToList())
            {
                _told[linked] = (_told[linked].At, Again);
            }
            foreach (var peer in device.Circle.Peers.Select(card => card.Device).ToList())
            {
                var asked = _asked.Remove(peer);
                if (asked || DueAt(peer) <= device.SteadyNow)
                {
                    await TellAsync(peer, wantAnswer: !asked, cancellation);
                }
            }
            await _wake.WaitAsync(UntilNext(), cancellation);
        }
    }

    private bool IsRelayed(DeviceId peer) => ports.Network.PathTo(peer) is { Kind: PeerPathKind.Relay };

    /// <summary>
    /// When this peer is to be told, again or for the first time; null if not. One on a link from afar is told once: in the network
    /// where this device is now there may be a better way.
    /// </summary>
    private DateTimeOffset? DueAt(DeviceId peer) =>
        !presence.IsOnline(peer)
            ? null
            : (ports.Network.PathTo(peer)?.Kind, _told.TryGetValue(peer, out var told)) switch
            {
                (PeerPathKind.Relay, true) => told.At + told.Pause,
                (PeerPathKind.Relay or PeerPathKind.Direct, false) => device.SteadyNow,
                _ => null,
            };

    /// <summary>Without end while nobody is to be told again; whoever comes, goes or loses a link rings.</summary>
    private TimeSpan UntilNext()
    {
        var wait = device.Circle.Peers.Min(card => DueAt(card.Device)) - device.SteadyNow;
        return wait is null ? Timeout.InfiniteTimeSpan
            : wait > TimeSpan.Zero ? wait.Value
            : TimeSpan.Zero;
    }

    private async ValueTask TellAsync(DeviceId peer, bool wantAnswer, CancellationToken cancellation)
    {
        var found = await ports.Network.FindCandidatesAsync(cancellation);
        // Whoever can be told of an opened port can be told where to knock.
        _nat = found is { IsMapped: true, Nat: NatMapping.DiffersByPeer } ? NatMapping.SameForAll : found.Nat;
        var rest = _told.TryGetValue(peer, out var told) ? told.Pause * 2 : Again;
        _told[peer] = (device.SteadyNow, rest < AgainAtMost ? rest : AgainAtMost);
        if (found.Candidates.Count == 0)
        {
            return;
        }
        var body = new EnvelopePlaintext
        {
            Candidates = new Candidates
            {
                Candidates_ = { found.Candidates.Select(Write) },
                WantAnswer = wantAnswer,
                Nat = _nat,
            },
        };
        await signals.SendAsync(peer, body, TimeSpan.Zero, cancellation);
    }

    private static Candidate Write(IPEndPoint listening) =>
        new() { Address = ByteString.CopyFrom(listening.Address.GetAddressBytes()), Port = (uint)listening.Port };

    private static IPEndPoint? Read(Candidate candidate) =>
        candidate.Address.Length is 4 or 16
        && candidate.Port is > 0 and <= ushort.MaxValue
        && new IPAddress(candidate.Address.Span) is var address
        && IsOfOne(address)
            ? new IPEndPoint(address, (int)candidate.Port)
            : null;

    /// <summary>Not of everybody, nobody or a group.</summary>
    private static bool IsOfOne(IPAddress address) =>
        !address.IsIPv6Multicast
        && !address.Equals(IPAddress.Any)
        && !address.Equals(IPAddress.IPv6Any)
        && address.GetAddressBytes() is not [>= 224, _, _, _];
}
