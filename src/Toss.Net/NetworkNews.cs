using System.Threading.Channels;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Net;

/// <summary>
/// What the network tells its agent, in order and bounded: who is too fast waits. Work that nobody awaits is kept here until
/// the end.
/// </summary>
internal sealed class NetworkNews(NetworkContext context)
{
    /// <summary>Events that wait for the agent: 64 envelopes are 8 MiB at most. Beyond that the connections wait.</summary>
    private const int Capacity = 64;

    private readonly Lock _gate = new();
    private readonly Channel<NetworkEvent> _channel = Channel.CreateBounded<NetworkEvent>(Capacity);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly SortedDictionary<DeviceId, bool> _presenceToTell = [];
    private bool _movedToTell;
    private bool _anewToTell;
    private bool _draining;

    public ChannelReader<NetworkEvent> Reader => _channel.Reader;

    public async ValueTask EmitAsync(NetworkEvent happened)
    {
        try
        {
            await _channel.Writer.WriteAsync(happened, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
    }

    /// <summary>We listen elsewhere. Behind somebody's gate, where nothing waits: the event follows by itself.</summary>
    public void TellCandidates(bool isAnew)
    {
        lock (_gate)
        {
            _movedToTell = true;
            _anewToTell |= isAnew;
            Drain();
        }
    }

    /// <summary>
    /// The same for who is there and who is not. Told one after another; of a peer that comes and goes faster than the agent
    /// reads, the last state.
    /// </summary>
    public void TellPresence(List<DeviceId> peers, bool online)
    {
        lock (_gate)
        {
            foreach (var peer in peers)
            {
                _presenceToTell[peer] = online;
            }
            Drain();
        }
    }

    private void Drain()
    {
        if (!_draining && (_movedToTell || _presenceToTell.Count > 0))
        {
            _draining = true;
            Follow(DrainAsync);
        }
    }

    private async Task DrainAsync()
    {
        while (NextToTell() is { } happened)
        {
            await EmitAsync(happened);
        }
    }

    private NetworkEvent? NextToTell()
    {
        lock (_gate)
        {
            if (_movedToTell)
            {
                var isAnew = _anewToTell;
                (_movedToTell, _anewToTell) = (false, false);
                return new CandidatesChanged(isAnew);
            }
            foreach (var (peer, online) in _presenceToTell)
            {
                _presenceToTell.Remove(peer);
                return new PresenceChanged(peer, online);
            }
            _draining = false;
            return null;
        }
    }

    /// <summary>Runs this by itself; <see cref="EndAsync"/> waits for it.</summary>
    public void Follow(Func<Task> work)
    {
        lock (_gate)
        {
            _running.RemoveAll(static task => task.IsCompleted);
            _running.Add(context.Run(work));
        }
    }

    /// <summary>Nobody has to read what is still to be told.</summary>
    public void Stop() => _stop.Cancel();

    public async ValueTask EndAsync()
    {
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }
        await Task.WhenAll(running);
        _channel.Writer.TryComplete();
    }
}
