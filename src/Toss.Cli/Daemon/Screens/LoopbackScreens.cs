using Toss.Control;
using Toss.Crypto;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// Serves the screens once somebody asks for them, and not before; and no more once nobody has used them for a while, or somebody
/// says so. Another time, they are at another port, under another name, and earlier sessions are worth nothing; but an agent that is
/// started anew while pages are open goes on where they look for it.
/// </summary>
/// <param name="paths">The app, and what is kept for a page that outlives this agent.</param>
internal sealed class LoopbackScreens(
    IControl control,
    IRandomSource random,
    TimeProvider time,
    ILoggerFactory logs,
    ScreenPaths paths
) : IScreens, IAsyncDisposable
{
    /// <summary>A link of a pairing is 150 characters; with the address of its relay, not many more.</summary>
    private const int LongestLink = 2048;

    private const string LinkBeginning = "toss://";

    /// <summary>A page that is open has a stream open, and is used. This is after the last one was closed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Between looks whether anybody uses them, while they are served.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    /// <summary>Nobody waits for longer than a ticket is good.</summary>
    private static readonly TimeSpan MostPatience = ScreenTickets.TicketLife;

    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly ScreenMemory _memory = new(paths.Memory, time);
    private ScreenServer? _server;
    private Task _watching = Task.CompletedTask;

    /// <summary>Serves them where they were, if they were open when the agent ended, and that was not long ago.</summary>
    public async Task GoOnAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_server is null && _memory.Read(Patience) is { } earlier)
            {
                await ServeAsync(earlier, cancellation);
            }
        }
        catch (Exception failure) when (failure is System.Net.Sockets.SocketException or IOException)
        {
            // Nobody asked for them yet: no reason for the agent not to start.
            _memory.Forget();
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task<ScreensOpened> OpenScreensAsync(string? link, CancellationToken cancellation)
    {
        if (
            link is not null
            && (link.Length > LongestLink || !link.StartsWith(LinkBeginning, StringComparison.Ordinal))
        )
        {
            throw new ControlException(ControlErrors.InvalidArgument, $"a link begins with {LinkBeginning}");
        }
        await _one.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_ending.IsCancellationRequested, this);
            if (_server is null)
            {
                await ServeAsync(null, cancellation);
            }
            return _server!.Open(link);
        }
        finally
        {
            _one.Release();
        }
    }

    public Task<bool> WaitForScreensAsync(string url, TimeSpan patience, CancellationToken cancellation) =>
        _server is { } server && Uri.TryCreate(url, UriKind.Absolute, out var address)
            ? server.WaitForUseAsync(address, patience < MostPatience ? patience : MostPatience, cancellation)
            : Task.FromResult(false);

    public async Task CloseScreensAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            _memory.Forget();
            await CloseAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The agent ends; pages that are open may find the next one.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _one.WaitAsync();
        await CloseAsync();
        await _watching;
        _ending.Dispose();
        _one.Dispose();
    }

    private async Task CloseWhenIdleAsync(ScreenServer server)
    {
        try
        {
            while (_server == server)
            {
                await Task.Delay(LookInterval, time, _ending.Token);
                await _one.WaitAsync(_ending.Token);
                try
                {
                    if (_server != server)
                    {
                        return;
                    }
                    if (server.Idle >= Patience)
                    {
                        _memory.Forget();
                        await CloseAsync();
                    }
                    else
                    {
                        // Its age says how long the agent is away.
                        _memory.Write(server.Place);
                    }
                }
                finally
                {
                    _one.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon ends.
        }
    }

    private async Task ServeAsync(ScreenPlace? earlier, CancellationToken cancellation)
    {
        var started = await ScreenServer.StartAsync(control, random, time, logs, paths.App, earlier, cancellation);
        if (started is null)
        {
            _memory.Forget();
            return;
        }
        _server = started;
        started.Changed = () => _memory.Write(started.Place);
        _watching = CloseWhenIdleAsync(started);
    }

    private async ValueTask CloseAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }
}
