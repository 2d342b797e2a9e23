using System.Net;
using Google.Protobuf;
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
    /// will not find one a minute later.
    /// </summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AgainAtMost = TimeSpan.FromMinutes(16);

    /// <summary>A peer that asks more often is not answered.</summary>
    private static readonly TimeSpan AnswerAtMost = TimeSpan.FromSeconds(2);

    private readonly Wake _wake = new(ports.Time);
    private readonly SortedDictionary<DeviceId, (DateTimeOffset At, TimeSpan Pause)> _told = [];
    private readonly SortedDictionary<DeviceId, DateTimeOffset> _answered = [];
    private readonly SortedSet<DeviceId> _asked = [];
    private IReadOnlyList<IPEndPoint> _listening = [];

    /// <summary>Somebody may have come.</summary>
    public void Wake() => _wake.Ring();

    /// <summary>The network changed: if this device listens elsewhere now, everybody is to know.</summary>
    public void Renew()
    {
        var listening = ports.Network.Candidates;
        if (!listening.SequenceEqual(_listening))
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
            foreach (var peer in device.Circle.Peers.Select(card => card.Device).ToList())
            {
                var asked = _asked.Remove(peer);
                if (asked || IsDue(peer))
                {
                    await TellAsync(peer, wantAnswer: !asked, cancellation);
                }
            }
            await _wake.WaitAsync(Again, cancellation);
        }
    }

    private bool IsDue(DeviceId peer) =>
        presence.IsOnline(peer)
        && ports.Network.PathTo(peer) is { Kind: PeerPathKind.Relay }
        && (!_told.TryGetValue(peer, out var told) || device.SteadyNow - told.At >= told.Pause);

    private async ValueTask TellAsync(DeviceId peer, bool wantAnswer, CancellationToken cancellation)
    {
        if (ports.Network.Candidates is not { Count: > 0 } listening)
        {
            return;
        }
        var rest = _told.TryGetValue(peer, out var told) ? told.Pause * 2 : Again;
        _told[peer] = (device.SteadyNow, rest < AgainAtMost ? rest : AgainAtMost);
        var body = new EnvelopePlaintext
        {
            Candidates = new Candidates { Candidates_ = { listening.Select(Write) }, WantAnswer = wantAnswer },
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
