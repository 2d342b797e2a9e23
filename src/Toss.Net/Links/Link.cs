using System.Net;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>A live connection to a peer: its control stream, and who waits for what on it. Thread-safe.</summary>
internal sealed partial class Link(
    LinkEndpoint endpoint,
    QuicConnection connection,
    DeviceId peer,
    LinkStart start,
    NetworkContext context,
    ILinkListener listener
)
{
    /// <summary>
    /// A peer on a link takes an envelope within a round trip and a commit. After so long it goes by the relay too, and the
    /// link is not trusted with more until the peer answers.
    /// </summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>A peer that proved its key opens the control stream at once.</summary>
    private static readonly TimeSpan s_helloWithin = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly LinkSession _session = new(start.Run, moves: start.Moves);
    private readonly SortedDictionary<ulong, Sending> _sending = [];
    private readonly Wake _wake = new(context.Time);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _hello = new(s_helloWithin, context.Time);
    private readonly StreamService _service = new(connection, context, listener);
    private Task _serving = Task.CompletedTask;
    private DateTimeOffset _distrustedUntil;
    private bool _ended;

    public DeviceId Peer { get; } = peer;

    /// <summary>Numbers links, and with them the envelopes they bring.</summary>
    public ulong Generation { get; } = start.Generation;

    /// <summary>Where it came to be: with another key there is another.</summary>
    public LinkEndpoint Endpoint { get; } = endpoint;

    /// <summary>Whether both sides said hello.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether we dialled.</summary>
    public bool IsOurs => !connection.IsServer;

    /// <summary>Of the peer's process: after a restart it has another.</summary>
    public ulong PeerRun { get; private set; }

    /// <summary>Whether who dialled made it to take the place of one that stood, since it is better.</summary>
    public bool Moves { get; private set; } = start.Moves;

    /// <summary>Whether it goes by a circuit at a relay.</summary>
    public bool IsRelayed { get; } = connection.Path.Carrier == Circuits.Carrier;

    /// <summary>The way it goes.</summary>
    public NetworkPath Path => connection.Path;

    /// <summary>Whether the peer is in a network of this machine.</summary>
    public bool IsNear { get; private set; }

    /// <summary>When the peer's hello came.</summary>
    public DateTimeOffset OpenedAt { get; private set; }

    /// <summary>Why it is over, once <see cref="RunAsync"/> has returned.</summary>
    public LinkEnd EndedAs { get; private set; }

    public TimeSpan RoundTrip => connection.RoundTrip;

    /// <summary>The part of what this side sent on it that did not arrive; null before it sent anything.</summary>
    public double? Loss =>
        connection.Counters is { PacketsSent: > 0 and var sent } counted
            ? Math.Clamp((counted.PacketsLost - counted.PacketsLate) / (double)sent, 0, 1)
            : null;

    /// <summary>Where the peer is; only of one that is not relayed.</summary>
    public IPEndPoint Remote => SocketAddresses.ToEndPoint(connection.Path);

    /// <summary>Whether it is to be trusted with more: nothing waits for the peer longer than it may.</summary>
    public bool IsResponsive
    {
        get
        {
            lock (_gate)
            {
                return !_ended
                    && context.Clock.Now >= _distrustedUntil
                    && (_sending.Count == 0 || !IsLate(_sending.First().Value));
            }
        }
    }

    /// <summary>Runs until the connection ends; nothing it does throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            using var late = _hello.Token.UnsafeRegister(_ => _stop.Cancel(), null);
            await using var stream = connection.IsServer
                ? await connection.AcceptStreamAsync(_hello.Token)
                : await connection.OpenStreamAsync(cancellation: _hello.Token);
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
            EndedAs = LinkEnds.Of(await connection.Closed, _wasSilent);
            await _serving;
            await _doubting;
            _hello.Dispose();
            _stop.Dispose();
        }
    }

    /// <summary>True once the envelope is durable at the peer; false if that is not known soon.</summary>
    public async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellation)
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
            return await sending.Taken.WaitAsync(s_patience, context.Time, cancellation);
        }
        catch (TimeoutException)
        {
            Doubt(s_silence);
            return false;
        }
    }

    /// <inheritdoc cref="BlobStreams.FetchAsync"/>
    public async ValueTask<BlobTransferResult> FetchAsync(
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    )
    {
        var fetched = await WhileBusyAsync(() =>
            BlobStreams.FetchAsync(connection, range, held, write, context.Time, cancellation)
        );
        if (fetched.Status == BlobTransferStatus.NoPath)
        {
            lock (_gate)
            {
                // It was given up. What is still dead then has ended by itself.
                _distrustedUntil = context.Clock.Now + LinkEndpoint.Idle;
            }
            Doubt(s_silence);
        }
        return fetched;
    }

    /// <inheritdoc cref="BenchStreams.RunAsync"/>
    public ValueTask<BenchResult> BenchAsync(int bytes, CancellationToken cancellation) =>
        WhileBusyAsync(() => BenchStreams.RunAsync(connection, bytes, context.Time, cancellation));

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
            // A peer that takes nothing any more has no link: the reading side ends too.
            _stop.Cancel();
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
            if (Trust())
            {
                listener.Responds(this);
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
                        _hello.CancelAfter(Timeout.InfiniteTimeSpan);
                        IsOpen = true;
                        (OpenedAt, PeerRun) = (context.Clock.Now, opened.Run);
                        // Who is dialled does not say so.
                        Moves = IsOurs ? Moves : opened.Moves;
                        IsNear = !IsRelayed && LocalAddresses.IsNear(Remote.Address);
                        _serving = _service.RunAsync(this, _stop.Token);
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
        if (settled.Exists(IsLate))
        {
            listener.Responds(this);
        }
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

    /// <summary>The peer said something. True if that was in doubt.</summary>
    private bool Trust()
    {
        lock (_gate)
        {
            var wasInDoubt = context.Clock.Now < _distrustedUntil;
            _distrustedUntil = default;
            return wasInDoubt;
        }
    }

    private bool IsLate(Sending sending) => context.Clock.Now - sending.Since > s_patience;

    public static bool IsEnd(Exception failure) =>
        failure is QuicException or OperationCanceledException or IOException or ObjectDisposedException;

    private sealed record Sending(DateTimeOffset Since, Waiter<bool> Taken);
}
