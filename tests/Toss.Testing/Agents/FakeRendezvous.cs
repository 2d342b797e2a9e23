using System.Threading.Channels;
using Toss.Core.Ports;

namespace Toss.Testing.Agents;

/// <summary>A meeting place whose other end is a test.</summary>
public sealed class FakeRendezvous(ReadOnlyMemory<byte> slot) : IRendezvous
{
    private readonly Channel<RendezvousPayload> _incoming = Channel.CreateUnbounded<RendezvousPayload>();
    private readonly Channel<RendezvousPayload> _outgoing = Channel.CreateUnbounded<RendezvousPayload>();

    public ReadOnlyMemory<byte> Slot { get; } = slot;

    public ChannelReader<RendezvousPayload> Incoming => _incoming.Reader;

    /// <summary>What the agent said here.</summary>
    public ChannelReader<RendezvousPayload> Outgoing => _outgoing.Reader;

    public void Say(ulong run, ReadOnlyMemory<byte> payload) =>
        _incoming.Writer.TryWrite(new RendezvousPayload(run, payload));

    public ValueTask<bool> SendAsync(ulong run, ReadOnlyMemory<byte> payload, CancellationToken cancellation) =>
        new(_outgoing.Writer.TryWrite(new RendezvousPayload(run, payload)));

    public ValueTask DisposeAsync()
    {
        _incoming.Writer.TryComplete();
        _outgoing.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
