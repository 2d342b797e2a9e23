using Microsoft.AspNetCore.Server.Kestrel.Core;
using Toss.Control;

namespace Toss.Cli.Daemon;

/// <summary>
/// Serves the control API on a socket that only its owner can open: the folder is 0700 before the socket exists in it,
/// the socket is 0600. The requests themselves are in <see cref="ControlEndpoints"/>.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const string PipePrefix = @"\\.\pipe\";

    private readonly WebApplication _app;
    private readonly string _address;
    private readonly TaskCompletionSource _stopRequested;

    private ControlServer(WebApplication app, string address, TaskCompletionSource stopRequested)
    {
        _app = app;
        _address = address;
        _stopRequested = stopRequested;
    }

    /// <summary>Done when somebody asked the agent to stop and was answered.</summary>
    public Task StopRequested => _stopRequested.Task;

    /// <summary>
    /// Listens when it returns. The caller holds the instance lock, so a socket file found here is a dead one's.
    /// </summary>
    public static async Task<ControlServer> StartAsync(
        string address,
        IControl control,
        ILoggerFactory logs,
        CancellationToken cancellation,
        IScreens? screens = null,
        TimeProvider? time = null
    )
    {
        var isPipe = address.StartsWith(PipePrefix, StringComparison.Ordinal);
        if (!isPipe)
        {
            PrepareFolder(address);
        }

        var builder = LocalServer.CreateBuilder(
            logs,
            kestrel =>
            {
                if (isPipe)
                {
                    kestrel.ListenNamedPipe(
                        address[PipePrefix.Length..],
                        listen => listen.Protocols = HttpProtocols.Http1
                    );
                }
                else
                {
                    kestrel.ListenUnixSocket(address, listen => listen.Protocols = HttpProtocols.Http1);
                }
            }
        );
        if (OperatingSystem.IsWindows())
        {
            builder.WebHost.UseNamedPipes(pipes => pipes.CurrentUserOnly = true);
        }
        var app = builder.Build();
        var stopRequested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var endpoints = new ControlEndpoints(
            control,
            logs.CreateLogger("Control"),
            stopRequested,
            app.Lifetime.ApplicationStopping
        )
        {
            Screens = screens,
            Time = time ?? TimeProvider.System,
        };
        endpoints.Map(app);
        try
        {
            await app.StartAsync(cancellation);
            if (!isPipe && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(address, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return new ControlServer(app, address, stopRequested);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (!_address.StartsWith(PipePrefix, StringComparison.Ordinal))
        {
            File.Delete(_address);
        }
    }

    private static void PrepareFolder(string socket)
    {
        var folder = Path.GetDirectoryName(socket)!;
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, ownerOnly);
            // It may have been there before, open to others; if it is not ours to change, this throws and we do not listen.
            File.SetUnixFileMode(folder, ownerOnly);
        }
        File.Delete(socket);
    }
}
