using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards;

/// <summary>
/// The port's side of a clipboard that has a thread of its own: what it is asked goes to the thread, what the thread finds
/// comes back, and nobody waits for longer than is said. A subclass brings what the thread does.
/// </summary>
public abstract class ThreadedClipboard : IClipboard
{
    /// <summary>What the agent may be behind before older copies give way: nobody copies faster for long.</summary>
    private const int ChangesCapacity = 16;

    /// <summary>Commands under way; the agent waits for most of them.</summary>
    private const int CommandsCapacity = 64;

    private readonly TimeSpan _patience;
    private readonly TimeSpan _leaving;
    private readonly Channel<ClipboardCommand> _commands = Channel.CreateBounded<ClipboardCommand>(CommandsCapacity);
    private readonly Channel<Snapshot> _changes;
    private readonly Channel<ClipboardState> _states = Channel.CreateBounded<ClipboardState>(
        new BoundedChannelOptions(ChangesCapacity) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private volatile bool _stopping;
    private volatile ClipboardState _state = ClipboardState.Starting;

    /// <param name="backend">What status names.</param>
    /// <param name="patience">
    /// How long a caller waits for a thread that may sit in a call to a program that does not answer; infinite where the
    /// thread never does.
    /// </param>
    /// <param name="leaving">How long the thread may take to stop.</param>
    private protected ThreadedClipboard(string backend, TimeSpan patience, TimeSpan leaving)
    {
        Backend = backend;
        _changes = Channel.CreateBounded<Snapshot>(
            new BoundedChannelOptions(ChangesCapacity) { FullMode = BoundedChannelFullMode.DropOldest },
            LetGo
        );
        _patience = patience;
        _leaving = leaving;
    }

    public string Backend { get; }

    public ChannelReader<Snapshot> Changes => _changes.Reader;

    public ChannelReader<ClipboardState> States => _states.Reader;

    public ClipboardState State => _state;

    public virtual bool TakesPromises => false;

    private protected ChannelReader<ClipboardCommand> Commands => _commands.Reader;

    private protected bool IsStopping => _stopping;

    private protected IContentSpool? Spool { get; private set; }

    public async ValueTask StartAsync(IContentSpool? spool, CancellationToken cancellation)
    {
        if (_thread is not null)
        {
            throw new InvalidOperationException("A clipboard is started once.");
        }
        Spool = spool;
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
        return await WithinAsync(outcome.Task, ApplyOutcome.Deferred, cancellation);
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
        return await WithinAsync(snapshot.Task, Unread, cancellation);
    }

    /// <summary>Lets the thread leave the clipboard in order; bounded, whatever it waits for.</summary>
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
        Wake();
        try
        {
            await _ended.Task.WaitAsync(_leaving);
        }
        catch (TimeoutException)
        {
            // The thread sits in a call to somebody who does not answer. It is a background thread: it ends with us.
            _changes.Writer.TryComplete();
            _states.Writer.TryComplete();
        }
    }

    /// <summary>Something was copied and could not be read. Text stands for whatever it was, so that it can be told.</summary>
    private protected static Snapshot Unread { get; } =
        new([], false, null, [new(MediaTypes.Text, OmittedReason.TimedOut)]);

    /// <summary>On the clipboard's thread, from its first to its last moment. Throws if it can never serve.</summary>
    private protected abstract void Live();

    /// <summary>Ends the wait of the thread; may be called by any other, and before <see cref="Live"/>.</summary>
    private protected abstract void Wake();

    /// <summary>The last that happens, once; also where the clipboard never started.</summary>
    private protected virtual void HandleEnd() { }

    private protected void Report(Snapshot snapshot)
    {
        if (!_changes.Writer.TryWrite(snapshot))
        {
            LetGo(snapshot);
        }
    }

    /// <summary>A copy that the agent does not get to see.</summary>
    private void LetGo(Snapshot snapshot)
    {
        foreach (var one in snapshot.Representations)
        {
            if (one.Promise is { } promise)
            {
                Spool?.LetGo(promise);
            }
        }
    }

    /// <summary>The first state is what a start waits for.</summary>
    private protected void Become(ClipboardState state)
    {
        Enter(state);
        _started.TrySetResult();
    }

    private void Enter(ClipboardState state)
    {
        if (_state != state)
        {
            _state = state;
            _states.Writer.TryWrite(state);
        }
    }

    private async Task<T> WithinAsync<T>(Task<T> task, T otherwise, CancellationToken cancellation)
    {
        try
        {
            return await task.WaitAsync(_patience, cancellation);
        }
        catch (TimeoutException)
        {
            return otherwise;
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
            throw new ObjectDisposedException(GetType().Name);
        }
        Wake();
    }

    private void Run()
    {
        try
        {
            Live();
        }
        catch (PlatformException failure)
        {
            Enter(ClipboardState.Lost);
            _started.TrySetException(failure);
        }
        finally
        {
            End();
        }
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
        HandleEnd();
        _ended.TrySetResult();
    }
}
