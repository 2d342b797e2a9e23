using System.Net;
using Toss.Core.Scheduling;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>A live connection to a peer: its control stream, and who waits for what on it. Thread-safe.</summary>
internal sealed class Link(
    QuicConnection connection,
    DeviceId peer,
    ulong generation,
    ulong run,
    NetworkContext context,
    ILinkListener listener
)
{
    /// <summary>A peer that proved its key opens the control stream at once.</summary>
    private static readonly TimeSpan s_helloWithin = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly LinkSession _session = new(run);
    private readonly SortedDictionary<ulong, Sending> _sending = [];
    private readonly Wake _wake = new(context.Time);
    private readonly CancellationTokenSource _stop = new();
    private bool _ended;

    public DeviceId Peer { get; } = peer;

    /// <summary>Numbers links, and with them the envelopes they bring.</summary>
    public ulong Generation { get; } = generation;

    /// <summary>Whether we dialled.</summary>
    public bool IsOurs => !connection.IsServer;

    /// <summary>Of the peer's process: after a restart it has another.</summary>
    public ulong PeerRun { get; private set; }

    /// <summary>Whether the peer is in a network of this machine.</summary>
    public bool IsNear { get; private set; }

    /// <summary>When the peer's hello came.</summary>
    public DateTimeOffset OpenedAt { get; private set; }

    public TimeSpan RoundTrip => connection.RoundTrip;

    public IPEndPoint Remote => SocketAddresses.ToEndPoint(connection.Path);

    /// <summary>
    /// Whether it is to be trusted with more: nothing waits for the peer longer than <paramref name="patience"/>.
    /// </summary>
    public bool IsResponsive(TimeSpan patience)
    {
        lock (_gate)
        {
            return !_ended && (_sending.Count == 0 || context.Clock.Now - _sending.First().Value.Since <= patience);
        }
    }

    /// <summary>Runs until the connection ends; nothing it does throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            using var hello = new CancellationTokenSource(s_helloWithin, context.Time);
            await using var stream = connection.IsServer
                ? await connection.AcceptStreamAsync(hello.Token)
                : await connection.OpenStreamAsync(cancellation: hello.Token);
            var writing = WriteAsync(stream);
            try
            {
                await ReadAsync(stream);
            }
            finally
            {
                _stop.Cancel();
                await writing;
            }
        }
        catch (Exception failure) when (IsEnd(failure))
        {
            // The peer is gone, or was never there.
        }
        finally
        {
            End();
            await connection.CloseAsync();
            _stop.Dispose();
        }
    }

    /// <summary>True once the envelope is durable at the peer; false if that is not known within <paramref name="patience"/>.</summary>
    public async ValueTask<bool> SendAsync(
        ReadOnlyMemory<byte> envelope,
        TimeSpan patience,
        CancellationToken cancellation
    )
    {
        var sending = new Sending(context.Clock.Now, new Waiter<bool>());
        lock (_gate)
        {
            if (_ended)
            {
                return false;
            }
            _sending.Add(_session.Send(envelope), sending);
        }
        _wake.Ring();
        try
        {
            return await sending.Taken.WaitAsync(patience, context.Time, cancellation);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>All that came up to this one is durable here.</summary>
    public void Acknowledge(ulong sequence)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }
            _session.Acknowledge(sequence);
        }
        _wake.Ring();
    }

    /// <summary>Ends it, and says why; <see cref="RunAsync"/> returns then.</summary>
    public async Task CloseAsync(LinkError reason)
    {
        End();
        await connection.CloseAsync((long)reason);
    }

    private async Task WriteAsync(QuicStream stream)
    {
        try
        {
            while (true)
            {
                while (NextTransmit() is { } bytes)
                {
                    await stream.WriteAsync(bytes, _stop.Token);
                }
                await _wake.WaitAsync(_stop.Token);
            }
        }
        catch (Exception failure) when (IsEnd(failure))
        {
            // The reading side notices as well, and ends the link.
        }
    }

    private async Task ReadAsync(QuicStream stream)
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var length = await stream.ReadAsync(buffer, _stop.Token);
            if (length == 0)
            {
                return;
            }
            lock (_gate)
            {
                _session.HandleBytes(buffer.AsSpan(0, length));
            }
            while (NextEvent() is { } happened)
            {
                switch (happened)
                {
                    case LinkEvent.Opened opened:
                        (OpenedAt, PeerRun) = (context.Clock.Now, opened.Run);
                        IsNear = LocalAddresses.IsNear(Remote.Address);
                        await listener.OpenedAsync(this);
                        break;
                    case LinkEvent.EnvelopeArrived arrived:
                        await listener.ReceivedAsync(this, arrived);
                        break;
                    case LinkEvent.Taken taken:
                        Settle(taken.Sequence);
                        break;
                    case LinkEvent.Failed failed:
                        await CloseAsync(failed.Error);
                        return;
                }
            }
            _wake.Ring();
        }
    }

    private byte[]? NextTransmit()
    {
        lock (_gate)
        {
            return _session.TryPollTransmit(out var bytes) ? bytes : null;
        }
    }

    private LinkEvent? NextEvent()
    {
        lock (_gate)
        {
            return _session.TryPollEvent(out var happened) ? happened : null;
        }
    }

    private void Settle(ulong upTo)
    {
        var settled = new List<Sending>();
        lock (_gate)
        {
            while (_sending.Count > 0 && _sending.First() is var (sequence, sending) && sequence <= upTo)
            {
                _sending.Remove(sequence);
                settled.Add(sending);
            }
        }
        settled.ForEach(static sending => sending.Taken.TrySet(true));
    }

    private void End()
    {
        List<Sending> left;
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }
            _ended = true;
            left = [.. _sending.Values];
            _sending.Clear();
        }
        left.ForEach(static sending => sending.Taken.TrySet(false));
    }

    private static bool IsEnd(Exception failure) =>
        failure is QuicException or OperationCanceledException or IOException or ObjectDisposedException;

    private sealed record Sending(DateTimeOffset Since, Waiter<bool> Taken);
}
