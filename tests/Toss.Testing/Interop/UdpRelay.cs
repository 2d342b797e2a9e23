using System.Net;
using System.Net.Sockets;

namespace Toss.Testing.Interop;

/// <summary>
/// Stands on loopback between one client and a server, as a NAT does: passes datagrams on, shows the server an address of its
/// own, and changes that when told, without a word to either side. Nothing is lost, and marks of ECN do not get through.
/// </summary>
public sealed class UdpRelay : IAsyncDisposable
{
    private readonly Socket _inside = Bind();
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _running = [];
    private readonly EndPoint _server;
    private readonly Action<int, Memory<byte>>? _change;
    private volatile Socket _outside = Bind();
    private volatile EndPoint? _client;
    private int _versionNegotiations;

    /// <param name="change">May change what the client sends; with its number, from 0.</param>
    public UdpRelay(IPEndPoint server, Action<int, Memory<byte>>? change = null)
    {
        (_server, _change) = (server, change);
        _running.Add(OutAsync());
        _running.Add(InAsync(_outside));
    }

    /// <summary>What the client takes for the server.</summary>
    public IPEndPoint Address => (IPEndPoint)_inside.LocalEndPoint!;

    /// <summary>Version Negotiation packets of the server that went through (RFC 9000 §17.2.1).</summary>
    public int VersionNegotiations => Volatile.Read(ref _versionNegotiations);

    /// <summary>The client comes from another port from now on, and what is sent to the old one is lost.</summary>
    public void Rebind()
    {
        var before = _outside;
        _outside = Bind();
        _running.Add(InAsync(_outside));
        before.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_running);
        _inside.Dispose();
        _outside.Dispose();
        _end.Dispose();
    }

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task OutAsync()
    {
        for (var number = 0; await ReceiveAsync(_inside) is { } came; number++)
        {
            _client = came.From;
            _change?.Invoke(number, came.Bytes);
            await _outside.SendToAsync(came.Bytes, SocketFlags.None, _server);
        }
    }

    private async Task InAsync(Socket outside)
    {
        while (await ReceiveAsync(outside) is { } came)
        {
            if (came.Bytes.Span is [>= 0x80, 0, 0, 0, 0, ..])
            {
                Interlocked.Increment(ref _versionNegotiations);
            }
            await _inside.SendToAsync(came.Bytes, SocketFlags.None, _client!);
        }
    }

    /// <summary>Null when it is over.</summary>
    private async Task<(Memory<byte> Bytes, EndPoint From)?> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[1 << 16];
        try
        {
            var came = await socket.ReceiveFromAsync(buffer, SocketFlags.None, _server, _end.Token);
            return (buffer.AsMemory(0, came.ReceivedBytes), came.RemoteEndPoint);
        }
        catch (Exception caught)
            when (caught is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            return null;
        }
    }
}
