using Toss.Core.Ports;
using Toss.Transport.Paths;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

// Stage 7 of the path of a clip: the ways to a peer, and what leaves on them.
public sealed partial class PeerNetwork
{
    public bool CanStream(DeviceId peer) =>
        _links?.PathTo(peer) is { Usable: true }
        || _links?.RelayedTo(peer) is not null
        || (_links?.MayRelay(peer) == true && CircuitPlaces(peer).Count > 0);

    /// <summary>What a relay says of circuits.</summary>
    internal void Hear(RelayConnection connection, RelayEvent happened)
    {
        switch (happened)
        {
            case RelayCircuitOpened opened when _links is not null:
                _circuits.Hear(connection, opened);
                break;
            case RelayCircuitOpened opened:
                // Nobody here would answer.
                connection.Say(session => session.CloseCircuit(opened.Circuit));
                break;
            case RelayCircuitClosed closed:
                _circuits.Hear(connection, closed);
                break;
            case RelayDatagramsArrived arrived:
                _circuits.Hear(connection, arrived);
                break;
        }
    }

    /// <summary>Where a circuit to a peer may be opened now: relays that have them, where it is present; its home first.</summary>
    private IReadOnlyList<(RelayConnection Relay, MailboxId Mailbox)> CircuitPlaces(DeviceId peer)
    {
        lock (_gate)
        {
            return
            [
                .. _peers
                    .PathsTo(peer, _relays.HomeRelay, KnownOf)
                    .Where(path => path is { Usable: true, PeerSeen: not null })
                    .OrderBy(path => path.Rank)
                    .Select(path => (Relay: _relays.At(path.Relay!)!, path.Mailbox))
                    .Where(place => place.Relay.Known.HasCircuits),
            ];
        }
    }

    private (bool, TimeSpan?) KnownOf(Uri relay) =>
        _relays.At(relay)?.Known is { } known ? (known.IsReady, known.RoundTrip) : (false, null);

    /// <summary>The best way to a peer that was not tried yet; null if there is none.</summary>
    private PeerPath? NextPath(DeviceId peer, List<PeerPath> tried)
    {
        lock (_gate)
        {
            var paths = PathsTo(peer);
            if (tried.Count == 0)
            {
                return _peers.Choose(_context.Options.Paths, peer, paths);
            }
            paths.RemoveAll(path => tried.Exists(before => before.IsSameAs(path)));
            return _context.Options.Paths.TryChoose(paths, null, out var next) ? next : null;
        }
    }

    private List<PeerPath> PathsTo(DeviceId peer)
    {
        var paths = _peers.PathsTo(peer, _relays.HomeRelay, KnownOf);
        if (_links?.PathTo(peer) is { } linked)
        {
            paths.Insert(0, linked);
        }
        if (_links?.RelayedPathTo(peer) is { } relayed)
        {
            paths.Add(relayed);
        }
        return paths;
    }

    private async ValueTask<SendResult> SendOnAsync(
        PeerPath path,
        DeviceId to,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    )
    {
        if (path.Relay is not { } relay || path.Kind == PathKind.Circuit)
        {
            var link = path.Kind == PathKind.Circuit ? _links!.RelayedTo(to) : _links!.To(to);
            var taken = link is not null && await link.SendAsync(envelope, cancellation);
            return new SendResult(taken ? SendStatus.Accepted : SendStatus.NoPath);
        }
        return At(relay) is { } connection
            ? RelaySendResult.Of(
                await connection.AskAsync(session => session.Deliver(path.Mailbox, timeToLive, envelope), cancellation)
            )
            : new SendResult(SendStatus.NoPath);
    }

    private static PeerPathStatus StatusOf(PeerPath path) =>
        new(
            path.Kind switch
            {
                PathKind.Lan => PeerPathKind.Lan,
                PathKind.Direct => PeerPathKind.Direct,
                _ => PeerPathKind.Relay,
            },
            path.RoundTrip,
            path.Relay,
            path.Remote
        )
        {
            Since = path.Relay is null ? path.PeerSeen : null,
            IsPeerThere = path.PeerSeen is not null,
            Loss = path.Loss,
        };
}
