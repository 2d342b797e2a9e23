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

    public async ValueTask EmitPresenceAsync(List<DeviceId> changed, bool online)
    {
        foreach (var peer in changed)
        {
            await EmitAsync(new PresenceChanged(peer, online));
        }
    }

    /// <summary>Behind somebody's gate, where nothing waits: the event follows by itself.</summary>
    public void Tell(NetworkEvent happened) => Follow(async () => await EmitAsync(happened));

    /// <inheritdoc cref="Tell"/>
    public void TellPresence(List<DeviceId> peers, bool online)
    {
        if (peers.Count > 0)
        {
            Follow(async () => await EmitPresenceAsync(peers, online));
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
