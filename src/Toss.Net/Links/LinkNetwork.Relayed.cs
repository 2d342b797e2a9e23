using Toss.Core.Scheduling;
using Toss.Quic;
using Toss.Transport.Links;
using Toss.Transport.Paths;
using Toss.Wire;

namespace Toss.Net.Links;

/// <content>
/// Links by circuits: for content, while no direct link can be had (docs/decisions/0014). They are made when something is to be
/// fetched, end when nobody uses them, and stand beside direct ones: no search for those ends because of them.
/// </content>
internal sealed partial class LinkNetwork
{
    /// <summary>A peer that does not answer on a circuit, an older version perhaps, is not asked again for so long.</summary>
    private static readonly TimeSpan s_unansweredFor = TimeSpan.FromMinutes(1);

    // At most two of one peer, one that it dialled and one that we did: the newer last.
    private readonly List<Link> _relayed = [];
    private readonly Dictionary<DeviceId, RelayedDial> _dialling = [];
    private readonly Dictionary<DeviceId, DateTimeOffset> _unanswered = [];

    /// <summary>A link by a circuit that is there and answers, as a path; null without one.</summary>
    public PeerPath? RelayedPathTo(DeviceId peer) =>
        RelayedTo(peer) is { } link && circuits.RelayOf(link.Path) is { } relay
            ? new PeerPath(PathKind.Circuit, Usable: true, link.OpenedAt, link.RoundTrip) { Relay = relay }
            : null;

    public Link? RelayedTo(DeviceId peer)
    {
        lock (_gate)
        {
            return _relayed.FindLast(link => link.Peer == peer && link.IsResponsive);
        }
    }

    /// <summary>Whether a link by a circuit is worth a try.</summary>
    public bool MayRelay(DeviceId peer)
    {
        lock (_gate)
        {
            return _listening is not null
                && !(_unanswered.TryGetValue(peer, out var until) && context.Clock.Now < until);
        }
    }

    /// <summary>The link to a peer by a circuit at one of these places, made if there is none; null if that cannot be.</summary>
    public async ValueTask<Link?> RelayedToAsync(
        DeviceId peer,
        IReadOnlyList<(RelayConnection Relay, MailboxId Mailbox)> places,
        CancellationToken cancellation
    )
    {
        if (RelayedTo(peer) is { } open)
        {
            return open;
        }
        var waiter = new Waiter<Link?>();
        lock (_gate)
        {
            if (_listening is not { } listening || places.Count == 0 || !MayRelay(peer))
            {
                return null;
            }
            if (_dialling.TryGetValue(peer, out var dialling))
            {
                dialling.Waiters.Add(waiter);
            }
            else
            {
                // Complete before it runs: it may end at once.
                _dialling.Add(peer, dialling = new RelayedDial([waiter]));
                Track(context.Run(() => DialRelayedAsync(listening, peer, dialling, places)));
            }
        }
        return await waiter.WaitAsync(cancellation);
    }

    private async Task DialRelayedAsync(
        Listening listening,
        DeviceId peer,
        RelayedDial dialling,
        IReadOnlyList<(RelayConnection Relay, MailboxId Mailbox)> places
    )
    {
        try
        {
            foreach (var (relay, mailbox) in places)
            {
                if (await circuits.OpenAsync(relay, mailbox, listening.Stop.Token) is not { } circuit)
                {
                    continue;
                }
                // A peer that wants no links closes it.
                using var end = CancellationTokenSource.CreateLinkedTokenSource(listening.Stop.Token, circuit.Closed);
                if (await listening.Endpoint.DialRelayedAsync(peer, circuit.Path, end.Token) is { } connection)
                {
                    await RunAsync(listening, connection, peer);
                    return;
                }
                lock (_gate)
                {
                    _unanswered[peer] = context.Clock.Now + s_unansweredFor;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // This device listens no more.
        }
        finally
        {
            Answer(peer, null, dialling);
        }
    }

    /// <summary>A circuit is over, and with it the links on it: whoever waits for something there goes another way at once.</summary>
    public void OnClosed(NetworkPath circuit)
    {
        lock (_gate)
        {
            foreach (var link in _relayed.Where(link => link.Path == circuit))
            {
                Track(context.Run(() => link.CloseAsync(LinkError.None)));
            }
        }
    }

    /// <summary>Behind the gate. Gives one that it replaces: the same side made it, and has lost it.</summary>
    private Link? AddRelayed(Link link)
    {
        var replaced = _relayed.Find(one => one.Peer == link.Peer && one.IsOurs == link.IsOurs);
        _relayed.RemoveAll(one => one == replaced);
        _relayed.Add(link);
        _unanswered.Remove(link.Peer);
        Answer(link.Peer, link);
        return replaced;
    }

    /// <param name="only">Nobody but who waits for this dial; null: whoever waits.</param>
    private void Answer(DeviceId peer, Link? link, RelayedDial? only = null)
    {
        lock (_gate)
        {
            if (_dialling.TryGetValue(peer, out var dialling) && (only is null || only == dialling))
            {
                _dialling.Remove(peer);
                dialling.Waiters.ForEach(waiter => waiter.TrySet(link));
            }
        }
    }

    private sealed record RelayedDial(List<Waiter<Link?>> Waiters);
}
