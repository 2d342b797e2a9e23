using System.Threading.Channels;
using Toss.Core.Ports;
using Toss.Quic;

namespace Toss.Net.Mdns;

/// <summary>The joiner's end of a meeting in this network: one connection, one run.</summary>
internal sealed class LanGuest : IRendezvous
{
    /// <summary>Messages that wait for the agent; a pairing has eight.</summary>
    private const int Capacity = 16;

    private readonly Channel<RendezvousPayload> _incoming = Channel.CreateBounded<RendezvousPayload>(Capacity);
    private readonly NetworkContext _context;
    private readonly PairingEndpoint _endpoint;
    private readonly PairingStream _stream;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    private LanGuest(
        NetworkContext context,
        PairingEndpoint endpoint,
        QuicConnection connection,
        QuicStream stream,
        ReadOnlyMemory<byte> slot
    )
    {
        (_context, _endpoint, Slot) = (context, endpoint, slot);
        _stream = new PairingStream(connection, stream);
        _reading = context.Run(ReadAsync);
    }

    /// <summary>Null if the connection ended meanwhile. The endpoint goes with the guest, if there is one.</summary>
    public static async ValueTask<LanGuest?> EnterAsync(
        NetworkContext context,
        PairingEndpoint endpoint,
        QuicConnection connection,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    )
    {
        try
        {
            var stream = await connection.OpenStreamAsync(cancellation: cancellation);
            return new LanGuest(context, endpoint, connection, stream, slot);
        }
        catch (Exception failure) when (PairingStream.IsEnd(failure))
        {
            return null;
        }
    }

    public ReadOnlyMemory<byte> Slot { get; }

    public ChannelReader<RendezvousPayload> Incoming => _incoming.Reader;

    public ValueTask<bool> SendAsync(ulong run, ReadOnlyMemory<byte> payload, CancellationToken cancellation) =>
        _stream.WriteAsync(payload, cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }
        await _stream.EndAsync(_context.Time);
        _stop.Cancel();
        await _reading;
        await _endpoint.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        while (
            await _stream.ReadAsync(_stop.Token) is { } message
            && _incoming.Writer.TryWrite(new RendezvousPayload(0, message))
        ) { }
        _incoming.Writer.TryComplete();
    }
}
