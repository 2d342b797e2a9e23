using System.Threading.Channels;
using Toss.Core.Ports;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>One meeting place at one relay; closed with its connection.</summary>
internal sealed class RelayRendezvous : IRendezvous
{
    /// <summary>Messages that wait for the agent; a pairing has eight, and the relay passes 32 in a run.</summary>
    private const int Capacity = 64;

    private readonly Channel<RendezvousPayload> _incoming = Channel.CreateBounded<RendezvousPayload>(Capacity);
    private readonly RelayConnection _connection;
    private readonly Func<RelayRendezvous, ValueTask> _left;
    private bool _disposed;

    public RelayRendezvous(RelayConnection connection, ReadOnlyMemory<byte> slot, Func<RelayRendezvous, ValueTask> left)
    {
        _connection = connection;
        _left = left;
        Slot = slot;
    }

    public RelayConnection Connection => _connection;

    public ReadOnlyMemory<byte> Slot { get; }

    public ChannelReader<RendezvousPayload> Incoming => _incoming.Reader;

    public async ValueTask<bool> SendAsync(ulong run, ReadOnlyMemory<byte> payload, CancellationToken cancellation) =>
        await _connection.AskAsync(session => session.SendRendezvous(Slot, run, payload), cancellation)
            is { Answer: RelayAnswer.Accepted };

    public ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return ValueTask.CompletedTask;
        }
        _disposed = true;
        _connection.Say(session => session.CloseRendezvous(Slot));
        End();
        return _left(this);
    }

    internal void Hear(RelayRendezvousArrived arrived)
    {
        // Who floods a meeting ends it.
        if (arrived is { Run: 0, Payload: null } || !_incoming.Writer.TryWrite(new(arrived.Run, arrived.Payload)))
        {
            End();
        }
    }

    internal void End() => _incoming.Writer.TryComplete();
}
