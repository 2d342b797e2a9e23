using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>
/// A place at one relay, held as long as it is wanted: dials, drives a <see cref="RelaySession"/> per connection, and
/// comes back with growing delay. Runs on the thread pool; its methods may be called from any thread. What happens goes
/// to <paramref name="listener"/>, one after the other; while that waits nothing further is read.
/// </summary>
internal sealed class RelayConnection(
    Uri relay,
    RelayLoginKey key,
    bool guest,
    NetworkContext context,
    IRelayListener listener
) : IAsyncDisposable
{
    /// <summary>Beside back-pressure of our own the relay's silence means nothing; this long it has to be heard again.</summary>
    private static readonly TimeSpan AfterPressure = TimeSpan.FromSeconds(5);

    /// <summary>A refused Allow list is repeated after this if the relay names no time.</summary>
    private static readonly TimeSpan AllowAgain = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<ulong, PendingAnswer> _pending = [];
    private readonly Wake _hurry = new(context.Time);
    private readonly Wake _timing = new(context.Time);
    private readonly ReconnectDelay _delay = new(context.Random);
    private Task _running = Task.CompletedTask;
    private AllowList _allowed = AllowList.Nobody;
    private RelaySession? _session;
    private RelaySocket? _socket;
    private ulong _generation;
    private DateTimeOffset? _pressedUntil;
    private (RelayState, RelayRefusal?) _said;
    private volatile bool _refused;

    public Uri Relay => relay;

    public RelayLoginKey Key => key;

    /// <summary>What is known of the relay now.</summary>
    public RelayKnown Known
    {
        get
        {
            lock (_gate)
            {
                return RelayKnown.Of(_session);
            }
        }
    }

    /// <summary>The relay does not let this device in, or is none.</summary>
    public bool IsRefused => _refused;

    public void Start() => _running = context.Run(() => RunAsync(_stop.Token));

    /// <summary>Who may write here; said again after each login.</summary>
    public void SetAllowed(AllowList allowed)
    {
        lock (_gate)
        {
            if (_allowed.IsSame(allowed))
            {
                return;
            }
            _allowed = allowed;
            SendAllowed();
        }
    }

    /// <summary>The network may be another: ends a wait between attempts, and asks a relay that seems to be there whether it is.</summary>
    public void Hurry()
    {
        _hurry.Ring();
        lock (_gate)
        {
            _session?.Check(context.Clock.Now);
            _socket?.Wake();
        }
        _timing.Ring();
    }

    /// <summary>
    /// Asks and waits for the answer; null if there is no connection or it broke before: then nobody knows.
    /// <paramref name="answered"/> runs before anything the relay says next.
    /// </summary>
    public async Task<RelayAnswered?> AskAsync(
        Func<RelaySession, ulong> ask,
        CancellationToken cancellation,
        Action<RelayAnswered>? answered = null
    )
    {
        PendingAnswer pending;
        lock (_gate)
        {
            if (_session is not { IsReady: true, IsFull: false })
            {
                return null;
            }
            pending = new PendingAnswer(answered);
            _pending.Add(ask(_session), pending);
            _socket?.Wake();
        }
        return await pending.Completion.WaitAsync(cancellation);
    }

    /// <summary>Says something that has no answer; nothing if there is no connection.</summary>
    /// <param name="generation">Of the one that is meant; null for any.</param>
    public void Say(Action<RelaySession> say, ulong? generation = null)
    {
        lock (_gate)
        {
            if (_session is { IsReady: true } && (generation ?? _generation) == _generation)
            {
                say(_session);
                _socket?.Wake();
            }
        }
    }

    /// <summary>Only for what this very connection was given: numbers of an earlier one may mean something else now.</summary>
    public void Acknowledge(ulong generation, ulong sequence) =>
        Say(session => session.Acknowledge(sequence), generation);

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await SayAsync(RelayState.Connecting, null, null);
            while (true)
            {
                var ended = await ConnectAsync(cancellation);
                var (state, refusal) = ended.State;
                await SayAsync(state, refusal, ended.Update);
                var delay = ended.Wait is { } asked ? _delay.Asked(asked) : _delay.Next();
                await _hurry.WaitAsync(delay, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    /// <summary>A state is said when it changes, not with each attempt.</summary>
    private ValueTask SayAsync(RelayState state, RelayRefusal? refusal, string? update)
    {
        if (_said == (state, refusal))
        {
            return ValueTask.CompletedTask;
        }
        _said = (state, refusal);
        _refused = state == RelayState.Refused;
        return listener.StateAsync(this, state, refusal, update);
    }

    /// <summary>One connection from dial to end.</summary>
    private async Task<ConnectionEnd> ConnectAsync(CancellationToken cancellation)
    {
        var dialled = await context.Dialer.DialAsync(relay, cancellation);
        if (ConnectionEnd.Of(dialled.Outcome) is { } failed)
        {
            return failed;
        }
        await using var socket = new RelaySocket(dialled.Socket!);
        lock (_gate)
        {
            _session = new RelaySession(
                key,
                context.Clock.Now,
                guest,
                context.Options.RelayVersion,
                context.Options.OldestRelayVersion
            );
            _socket = socket;
            _generation = context.NextGeneration();
            _pressedUntil = null;
            SendAllowed();
        }
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var sending = socket.SendAsync(NextFrame, end.Token);
            var timing = TimeAsync(socket, end.Token);
            var closed = await ReceiveAsync(socket, cancellation);
            end.Cancel();
            await sending;
            await timing;
            cancellation.ThrowIfCancellationRequested();
            return closed is null
                ? new ConnectionEnd(RelayCloseReason.TimedOut)
                : new ConnectionEnd(closed.Reason, closed.Update, closed.ReconnectAfter);
        }
        finally
        {
            await ForgetAsync();
        }
    }

    /// <summary>Null if the socket broke.</summary>
    private async Task<RelayClosed?> ReceiveAsync(RelaySocket socket, CancellationToken cancellation)
    {
        while (await socket.ReceiveAsync(cancellation) is { } frame)
        {
            foreach (var happened in Handle(session => session.HandleFrame(frame.Span, context.Clock.Now)))
            {
                if (happened is RelayClosed closed)
                {
                    return closed;
                }
                await DispatchAsync(happened);
            }
            socket.Wake();
        }
        // Broken, or broken off by the timer.
        lock (_gate)
        {
            return _session!.TryPollEvent(out var last) ? last as RelayClosed : null;
        }
    }

    private async Task TimeAsync(RelaySocket socket, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                DateTimeOffset? next;
                lock (_gate)
                {
                    next = _session!.NextTimeout;
                }
                if (next is null)
                {
                    // The session is over; this ends the receive that still waits.
                    socket.Abort();
                    return;
                }
                var wait = next.Value - context.Clock.Now;
                if (wait > TimeSpan.Zero)
                {
                    await _timing.WaitAsync(wait, cancellation);
                    continue;
                }
                var now = context.Clock.Now;
                lock (_gate)
                {
                    if (_pressedUntil is null || _pressedUntil < now)
                    {
                        _session!.HandleTimeout(now);
                        next = null;
                    }
                }
                socket.Wake();
                if (next is not null)
                {
                    await Task.Delay(AfterPressure, context.Time, cancellation);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended another way.
        }
    }

    private async ValueTask DispatchAsync(RelayEvent happened)
    {
        switch (happened)
        {
            case RelayAnswered answered:
                PendingAnswer? pending;
                lock (_gate)
                {
                    _pending.Remove(answered.Request, out pending);
                }
                pending?.Answered?.Invoke(answered);
                pending?.Completion.TrySet(answered);
                break;
            case RelayLoggedIn:
                _delay.Reset();
                await SayAsync(RelayState.Connected, null, null);
                break;
            default:
                lock (_gate)
                {
                    _pressedUntil = DateTimeOffset.MaxValue;
                }
                await listener.HandleAsync(this, _generation, happened);
                lock (_gate)
                {
                    _pressedUntil = context.Clock.Now + AfterPressure;
                }
                break;
        }
    }

    private List<RelayEvent> Handle(Action<RelaySession> input)
    {
        var happened = new List<RelayEvent>();
        lock (_gate)
        {
            input(_session!);
            while (_session!.TryPollEvent(out var next))
            {
                happened.Add(next);
            }
        }
        return happened;
    }

    private ReadOnlyMemory<byte>? NextFrame()
    {
        lock (_gate)
        {
            // The cast matters: a null array would convert to an empty frame, and be sent for ever.
            return _session!.TryPollTransmit(context.Clock.Now, out var frame) ? (ReadOnlyMemory<byte>?)frame : null;
        }
    }

    /// <summary>Behind the gate.</summary>
    private void SendAllowed()
    {
        if (_session is null || guest)
        {
            return;
        }
        _pending.Add(_session.Allow(_allowed.Peers, _allowed.Former), new PendingAnswer(AllowAnswered));
        _socket?.Wake();
    }

    private void AllowAnswered(RelayAnswered answered)
    {
        if (answered.Answer != RelayAnswer.Accepted)
        {
            // The relay's disk; without the list nobody new can write to us.
            _ = AllowAgainAsync(answered.RetryAfter ?? AllowAgain);
        }
    }

    private async Task AllowAgainAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, context.Time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        lock (_gate)
        {
            SendAllowed();
        }
    }

    private async ValueTask ForgetAsync()
    {
        List<PendingAnswer> pending;
        lock (_gate)
        {
            _session = null;
            _socket = null;
            pending = [.. _pending.Values];
            _pending.Clear();
        }
        foreach (var one in pending)
        {
            one.Completion.TrySet(null);
        }
        await listener.LostAsync(this);
    }
}
