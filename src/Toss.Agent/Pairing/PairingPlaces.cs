using System.Threading.Channels;
using Toss.Agent.Scheduling;
using Toss.Core.Ports;
using Toss.Crypto.Pairing;

namespace Toss.Agent.Pairing;

/// <summary>
/// Where an inviter can be met: in this network, and at its relay, by code and by link. Whichever is there is used, and the
/// first joiner that proves the code is the one, wherever it comes from.
/// </summary>
internal sealed class PairingPlaces : IAsyncDisposable
{
    /// <summary>Patience with a relay that was configured a moment ago, or comes back; less where the network will do.</summary>
    private static readonly TimeSpan RelayWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RelayWaitNearby = TimeSpan.FromSeconds(3);

    /// <summary>Until a lost connection is known to be lost.</summary>
    private static readonly TimeSpan RelayLost = TimeSpan.FromMilliseconds(500);

    /// <summary>Messages of all places that wait for the flow.</summary>
    private const int Capacity = 16;

    private readonly AgentPorts _ports;
    private readonly List<(IRendezvous Place, PairingCode Code)> _places = [];
    private readonly Channel<PairingArrival> _incoming = Channel.CreateBounded<PairingArrival>(Capacity);
    private readonly CancellationTokenSource _stop = new();
    private Task _forwarding = Task.CompletedTask;

    private PairingPlaces(AgentPorts ports, PairingCode link) => (_ports, Link) = (ports, link);

    public PairingCode Link { get; }

    /// <summary>Null if none may be shown for now.</summary>
    public PairingCode? Code { get; private set; }

    /// <summary>Completes when all places are closed.</summary>
    public ChannelReader<PairingArrival> Incoming => _incoming.Reader;

    /// <summary>The places, or why there are none.</summary>
    public static async ValueTask<(PairingPlaces? Places, Control.PairingFailed? Problem)> OpenAsync(
        AgentPorts ports,
        Device device,
        PeerPresence presence,
        bool withCode,
        CancellationToken cancellation
    )
    {
        var link = PairingCode.ForLink(device.Record.Relay, device.Record.RelayToken, ports.Random);
        var places = new PairingPlaces(ports, link);
        Control.PairingFailed? problem = null;
        var isOpen = false;
        try
        {
            problem = await places.OpenAllAsync(device.Record.Relay, presence, withCode, cancellation);
            isOpen = problem is null;
        }
        finally
        {
            if (!isOpen)
            {
                await places.DisposeAsync();
            }
        }
        if (!isOpen)
        {
            return (null, problem);
        }
        places.Forward();
        return (places, null);
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _forwarding;
        foreach (var (place, _) in _places)
        {
            await place.DisposeAsync();
        }
        Link.Dispose();
        Code?.Dispose();
        _stop.Dispose();
    }

    private async ValueTask<Control.PairingFailed?> OpenAllAsync(
        Uri? relay,
        PeerPresence presence,
        bool withCode,
        CancellationToken cancellation
    )
    {
        var isNearby = Keep(await _ports.Network.OpenNearbyAsync(Link.Slot, cancellation), Link);
        if (relay is null && !isNearby)
        {
            return PairingProblems.NowhereToMeet;
        }
        if (relay is not null)
        {
            var wait = isNearby ? RelayWaitNearby : RelayWait;
            await presence.WaitForRelayAsync(wait, cancellation);
            var problem = await OpenAtRelayAsync(withCode, cancellation);
            if (problem?.Code == Control.ControlErrors.RelayUnreachable && presence.Relay != RelayState.Refused)
            {
                // It went away just now, as a relay does that restarts: once more when it is back.
                await Task.Delay(RelayLost, _ports.Time, cancellation);
                await presence.WaitForRelayAsync(wait, cancellation);
                problem = await OpenAtRelayAsync(withCode, cancellation);
            }
            if (problem is not null && !isNearby)
            {
                return problem;
            }
        }
        if (withCode && isNearby)
        {
            // The same code everywhere; only a relay knows which slots are free beyond this network.
            Code ??= PairingCode.ForAnySlot(_ports.Random);
            Keep(await _ports.Network.OpenNearbyAsync(Code.Slot, cancellation), Code);
        }
        return null;
    }

    private async ValueTask<Control.PairingFailed?> OpenAtRelayAsync(bool withCode, CancellationToken cancellation)
    {
        var byLink = await _ports.Network.OpenRendezvousAsync(Link.Slot, cancellation);
        if (!Keep(byLink, Link))
        {
            return PairingProblems.Of(byLink.Status);
        }
        if (!withCode)
        {
            return null;
        }
        var byCode = await _ports.Network.OpenRendezvousAsync(ReadOnlyMemory<byte>.Empty, cancellation);
        if (byCode.Rendezvous is { } place)
        {
            Code = PairingCode.ForSlot(place.Slot.Span, _ports.Random);
            return Keep(byCode, Code) ? null : PairingProblems.Of(byCode.Status);
        }
        return PairingProblems.Of(byCode.Status);
    }

    private bool Keep(RendezvousResult opened, PairingCode code)
    {
        if (opened.Rendezvous is { } place)
        {
            _places.Add((place, code));
        }
        return opened.Rendezvous is not null;
    }

    /// <summary>All places feed one queue; they cannot be told apart afterwards but by their own code.</summary>
    private void Forward()
    {
        var readers = _places.ConvertAll(one => ForwardAsync(one.Place, one.Code));
        _forwarding = CompleteAsync(readers);
    }

    private async Task ForwardAsync(IRendezvous place, PairingCode code)
    {
        try
        {
            await foreach (var payload in place.Incoming.EachAsync(_stop.Token))
            {
                await _incoming.Writer.WriteAsync(new PairingArrival(place, code, payload), _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The pairing ended.
        }
    }

    private async Task CompleteAsync(List<Task> readers)
    {
        await Task.WhenAll(readers);
        _incoming.Writer.TryComplete();
    }
}
