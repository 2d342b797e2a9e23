using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards;

/// <summary>
/// The clipboard of a display, by events, on one thread of its own. Outlives the display: when the server goes, it tries
/// again, and offers what it owned. A subclass brings the connection. The primary selection is not touched.
/// </summary>
public abstract class DisplayClipboard : IClipboard
{
    /// <summary>What the agent may be behind before older copies give way: nobody copies faster for long.</summary>
    private const int ChangesCapacity = 16;

    /// <summary>Commands under way; the agent waits for most of them.</summary>
    private const int CommandsCapacity = 64;

    /// <summary>How much longer than its own time-outs the thread may take to stop, if the server hangs.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private readonly ClipboardTiming _timing;
    private readonly WakeEvent _wake = new();
    private readonly Channel<ClipboardCommand> _commands = Channel.CreateBounded<ClipboardCommand>(CommandsCapacity);
    private readonly Channel<Snapshot> _changes = Channel.CreateBounded<Snapshot>(
        new BoundedChannelOptions(ChangesCapacity) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    private readonly Channel<ClipboardState> _states = Channel.CreateBounded<ClipboardState>(
        new BoundedChannelOptions(ChangesCapacity) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private volatile bool _stopping;
    private volatile ClipboardState _state = ClipboardState.Starting;
    private long _wakeups;

    private protected DisplayClipboard(string backend, ClipboardTiming timing)
    {
        Backend = backend;
        _timing = timing;
    }

    public string Backend { get; }

    public ChannelReader<Snapshot> Changes => _changes.Reader;

    public ChannelReader<ClipboardState> States => _states.Reader;

    public ClipboardState State => _state;

    /// <summary>Times the thread waited for something so far; an idle clipboard adds none.</summary>
    public long Wakeups => Interlocked.Read(ref _wakeups);

    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (_thread is not null)
        {
            throw new InvalidOperationException("A clipboard is started once.");
        }
        _thread = new Thread(Run) { IsBackground = true, Name = $"toss {Backend} clipboard" };
        _thread.Start();
        await _started.Task.WaitAsync(cancellation);
    }

    public async ValueTask<ApplyOutcome> ApplyAsync(
        ClipContent content,
        ReadOnlyMemory<byte> origin,
        CancellationToken cancellation
    )
    {
        var outcome = new TaskCompletionSource<ApplyOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(new ApplyCommand(new(content, origin), outcome), cancellation);
        return await outcome.Task.WaitAsync(cancellation);
    }

    public async ValueTask ClearAsync(ReadOnlyMemory<byte> origin, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(new ClearCommand(origin, done), cancellation);
        await done.Task.WaitAsync(cancellation);
    }

    public async ValueTask<Snapshot?> ReadAsync(CancellationToken cancellation)
    {
        var snapshot = new TaskCompletionSource<Snapshot?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(new ReadCommand(snapshot), cancellation);
        return await snapshot.Task.WaitAsync(cancellation);
    }

    /// <summary>Hands over to a clipboard manager if there is one; bounded, even if the server hangs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping)
        {
            return;
        }
        _stopping = true;
        _commands.Writer.TryComplete();
        if (_thread is null)
        {
            End();
            return;
        }
        _wake.Set();
        try
        {
            await _ended.Task.WaitAsync(_timing.HandOver + StopGrace);
        }
        catch (TimeoutException)
        {
            // The thread sits in a call to a server that does not answer. It is a background thread: it ends with us.
            _changes.Writer.TryComplete();
            _states.Writer.TryComplete();
        }
    }

    private async ValueTask SendAsync(ClipboardCommand command, CancellationToken cancellation)
    {
        try
        {
            await _commands.Writer.WriteAsync(command, cancellation);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(DisplayClipboard));
        }
        _wake.Set();
    }

    private void Run()
    {
        try
        {
            Live();
        }
        catch (PlatformException failure)
        {
            _started.TrySetException(failure);
            Become(ClipboardState.Lost);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Null if nobody listens there. Throws if the display can never serve, or a library is missing.</summary>
    private protected abstract IDisplaySession? TryOpen(DisplaySessionSetup setup);

    private void Live()
    {
        var setup = new DisplaySessionSetup(_timing, _wake, _commands.Reader, Report);
        HeldContent? lost = null;
        var pause = _timing.ReconnectFirst;
        for (var first = true; !_stopping; first = first && _state == ClipboardState.Starting)
        {
            var since = _timing.Now;
            if (TryOpenAgain(setup, first) is { } session)
            {
                using (session)
                {
                    lost = Serve(session, first, lost);
                }
                if (lost is null && !_stopping)
                {
                    // What other programs had on it went with the display.
                    Report(Snapshot.Cleared);
                }
                // A display that ends each connection soon is not tried again without pause.
                pause = _timing.Now - since >= _timing.ReconnectMost ? _timing.ReconnectFirst : pause;
            }
            if (!_stopping)
            {
                Become(ClipboardState.Lost);
                lost = Pause(pause, lost);
                pause = pause * 2 < _timing.ReconnectMost ? pause * 2 : _timing.ReconnectMost;
            }
        }
    }

    /// <summary>
    /// What cannot serve at the start is said, and the agent does without. Later it may be another desktop that somebody logged
    /// in to: that is waited for, like one that is not there.
    /// </summary>
    private IDisplaySession? TryOpenAgain(DisplaySessionSetup setup, bool first)
    {
        try
        {
            return TryOpen(setup);
        }
        catch (PlatformException) when (!first)
        {
            return null;
        }
    }

    /// <summary>One connection from its first to its last event; what it owned at the end, if the server took it.</summary>
    private HeldContent? Serve(IDisplaySession session, bool first, HeldContent? lost)
    {
        if (!first)
        {
            session.Resume(lost, _timing.Progress);
        }
        if (session.IsDead)
        {
            return session.Content ?? lost;
        }
        Become(session.HasClipboard ? ClipboardState.Listening : ClipboardState.Lost);
        session.Run(() =>
        {
            Interlocked.Exchange(ref _wakeups, session.Wakeups);
            Become(session.HasClipboard ? ClipboardState.Listening : ClipboardState.Lost);
            return _stopping;
        });
        if (session.IsDead)
        {
            return session.Content;
        }
        session.HandOver();
        return null;
    }

    /// <summary>Waits for the next try, and answers meanwhile: the newest content waits for the display.</summary>
    private HeldContent? Pause(TimeSpan pause, HeldContent? lost)
    {
        var until = _timing.Now + pause;
        while (!_stopping && _timing.Now < until)
        {
            while (_commands.Reader.TryRead(out var command))
            {
                switch (command)
                {
                    case ApplyCommand apply:
                        lost = apply.Content;
                        apply.Outcome.TrySetResult(ApplyOutcome.Deferred);
                        break;
                    case ClearCommand clear:
                        lost = lost?.IsOf(clear.Origin) == true ? null : lost;
                        clear.Done.TrySetResult();
                        break;
                    case ReadCommand read:
                        read.Snapshot.TrySetResult(null);
                        break;
                }
            }
            _wake.Wait(-1, until - _timing.Now);
        }
        return lost;
    }

    private void Report(Snapshot snapshot) => _changes.Writer.TryWrite(snapshot);

    private void Become(ClipboardState state)
    {
        if (_state != state)
        {
            _state = state;
            _states.Writer.TryWrite(state);
        }
        _started.TrySetResult();
    }

    private void End()
    {
        _commands.Writer.TryComplete();
        while (_commands.Reader.TryRead(out var command))
        {
            command.GiveUp();
        }
        _changes.Writer.TryComplete();
        _states.Writer.TryComplete();
        _wake.Dispose();
        _ended.TrySetResult();
    }
}
