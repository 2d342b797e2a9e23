using Toss.Control;
using Toss.Crypto;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// Serves the screens once somebody asks for them, and not before; and no more once nobody has used them for a while, or somebody
/// says so. Another time, they are at another port, under another name, and earlier sessions are worth nothing.
/// </summary>
internal sealed class LoopbackScreens(IControl control, IRandomSource random, TimeProvider time, ILoggerFactory logs)
    : IScreens,
        IAsyncDisposable
{
    /// <summary>A page that is open has a stream open, and is used. This is after the last one was closed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Between looks whether anybody uses them, while they are served.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _ending = new();
    private ScreenServer? _server;
    private Task _watching = Task.CompletedTask;

    public async Task<ScreensOpened> OpenScreensAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_ending.IsCancellationRequested, this);
            if (_server is null)
            {
                _server = await ScreenServer.StartAsync(control, random, time, logs, cancellation);
                _watching = CloseWhenIdleAsync(_server);
            }
            return _server.Open();
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task CloseScreensAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            await CloseAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await CloseScreensAsync(CancellationToken.None);
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
                    if (_server == server && server.Idle >= Patience)
                    {
                        await CloseAsync();
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

    private async ValueTask CloseAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }
}
