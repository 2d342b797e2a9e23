using System.Threading.Channels;
using Toss.Core.Ports;

namespace Toss.Agent.Pairing;

/// <summary>Where a joiner finds its inviter: in this network, and at a relay if it knows one, whichever answers first.</summary>
internal sealed class MeetingSearch : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<(RendezvousResult Result, Uri? Relay)> _found;
    private readonly Task[] _searching;
    private readonly bool _hasRelay;
    private int _left;

    public MeetingSearch(AgentPorts ports, ReadOnlyMemory<byte> slot, Uri? relay)
    {
        _hasRelay = relay is not null;
        _left = relay is null ? 1 : 2;
        _found = Channel.CreateBounded<(RendezvousResult, Uri?)>(_left);
        var nearby = FindAsync(ports.Network.JoinNearbyAsync(slot, _stop.Token), null);
        _searching = relay is null
            ? [nearby]
            : [nearby, FindAsync(ports.Network.JoinRendezvousAsync(relay, slot, _stop.Token), relay)];
    }

    /// <summary>Why nothing was found, in the words for who knows what was tried.</summary>
    public Control.PairingFailed Problem { get; private set; } = PairingProblems.NowhereToJoin;

    /// <summary>The next place, and its relay if it is at one; null when there is no other. The caller disposes it.</summary>
    public async ValueTask<(IRendezvous Place, Uri? Relay)?> NextAsync(CancellationToken cancellation)
    {
        while (_left > 0)
        {
            var (result, relay) = await _found.Reader.ReadAsync(cancellation);
            _left--;
            if (result.Rendezvous is { } place)
            {
                return (place, relay);
            }
            // With a relay, what that says is the likelier reason.
            if (relay is not null)
            {
                Problem = PairingProblems.Of(result.Status);
            }
            else if (!_hasRelay && result.Status != RendezvousStatus.NoNetwork)
            {
                Problem = PairingProblems.NobodyNearby;
            }
        }
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await Task.WhenAll(_searching);
        while (_found.Reader.TryRead(out var late))
        {
            if (late.Result.Rendezvous is { } place)
            {
                await place.DisposeAsync();
            }
        }
        _stop.Dispose();
    }

    private async Task FindAsync(ValueTask<RendezvousResult> search, Uri? relay)
    {
        RendezvousResult result;
        try
        {
            result = await search;
        }
        catch (OperationCanceledException)
        {
            result = new RendezvousResult(RendezvousStatus.Unreachable, null);
        }
        // There is room for each.
        _found.Writer.TryWrite((result, relay));
    }
}
