using System.Runtime.Versioning;
using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>The clipboard of a Windows session, by events, on one thread of its own.</summary>
[SupportedOSPlatform("windows")]
public sealed class WindowsClipboard(WindowsTiming? timing = null) : IClipboard
{
    public const string Name = "windows";

    /// <summary>What the agent may be behind before older copies give way: nobody copies faster for long.</summary>
    private const int ChangesCapacity = 16;

    /// <summary>Commands under way; the agent waits for most of them.</summary>
    private const int CommandsCapacity = 64;

    private readonly WindowsTiming _timing = timing ?? WindowsTiming.Default;
    private readonly Channel<ClipboardCommand> _commands = Channel.CreateBounded<ClipboardCommand>(CommandsCapacity);
    private readonly Channel<Snapshot> _changes = Channel.CreateBounded<Snapshot>(
        new BoundedChannelOptions(ChangesCapacity) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    private readonly Channel<ClipboardState> _states = Channel.CreateBounded<ClipboardState>(
        new BoundedChannelOptions(ChangesCapacity) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ClipboardWindow? _window;
    private volatile WindowsSession? _session;
    private Thread? _thread;
    private volatile bool _stopping;
    private volatile ClipboardState _state = ClipboardState.Starting;

    public string Backend => Name;

    public ChannelReader<Snapshot> Changes => _changes.Reader;

    public ChannelReader<ClipboardState> States => _states.Reader;

    public ClipboardState State => _state;

    /// <summary>Times the thread waited for something so far; an idle clipboard adds none.</summary>
    public long Wakeups => _session?.Wakeups ?? 0;

    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (_thread is not null)
        {
            throw new InvalidOperationException("A clipboard is started once.");
        }
        _thread = new Thread(Run) { IsBackground = true, Name = "toss windows clipboard" };
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
        return await WithinAsync(snapshot.Task, WindowsSession.Unread(), cancellation);
    }

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
        _window?.Wake();
        try
        {
            await _ended.Task.WaitAsync(_timing.Silent);
        }
        catch (TimeoutException)
        {
            // The thread sits in a call to a program that does not answer. It is a background thread: it ends with us.
            _changes.Writer.TryComplete();
            _states.Writer.TryComplete();
        }
    }

    /// <summary>The thread may sit in a call to a program that was asked for what it only promised, and does not answer.</summary>
    private async Task<T> WithinAsync<T>(Task<T> task, T otherwise, CancellationToken cancellation)
    {
        try
        {
            return await task.WaitAsync(_timing.Silent, cancellation);
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
            throw new ObjectDisposedException(nameof(WindowsClipboard));
        }
        _window?.Wake();
    }

    private void Run()
    {
        try
        {
            using var window = new ClipboardWindow();
            var session = new WindowsSession(_timing, window, _commands.Reader, one => _changes.Writer.TryWrite(one));
            _session = session;
            _window = window;
            Become(ClipboardState.Listening);
            _started.TrySetResult();
            session.Run(() => _stopping);
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

    private void Become(ClipboardState state)
    {
        _state = state;
        _states.Writer.TryWrite(state);
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
        _ended.TrySetResult();
    }
}
