using Microsoft.AspNetCore.Server.Kestrel.Core;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>
/// Serves the control API on a socket that only its owner can open: the folder is 0700 before the socket exists in it,
/// the socket is 0600. The requests themselves are in <see cref="ControlEndpoints"/>.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const string PipePrefix = @"\\.\pipe\";

    /// <summary>A person, a script or two and the screens; more is a runaway loop.</summary>
    private const int MaxConnections = 256;

    /// <summary>A request line or header longer than this is not ours.</summary>
    private const int MaxHeaders = 16 * 1024;

    /// <summary>How long requests under way may take to end when the agent stops.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

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
        CancellationToken cancellation
    )
    {
        var isPipe = address.StartsWith(PipePrefix, StringComparison.Ordinal);
        if (!isPipe)
        {
            PrepareFolder(address);
        }

        // The empty builder reads no settings file from the current folder and no ASPNETCORE_ variable.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(logs);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.WebHost.UseKestrelCore();
        if (OperatingSystem.IsWindows())
        {
            builder.WebHost.UseNamedPipes(pipes => pipes.CurrentUserOnly = true);
        }
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = ControlProtocol.MaxRequest;
            kestrel.Limits.MaxRequestLineSize = MaxHeaders;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaders;
            // A person types into `toss copy` as slowly as they like; there is no network here to guard.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            if (isPipe)
            {
                kestrel.ListenNamedPipe(address[PipePrefix.Length..], listen => listen.Protocols = HttpProtocols.Http1);
            }
            else
            {
                kestrel.ListenUnixSocket(address, listen => listen.Protocols = HttpProtocols.Http1);
            }
        });

        var app = builder.Build();
        var stopRequested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new ControlEndpoints(
            control,
            logs.CreateLogger("Control"),
            stopRequested,
            app.Lifetime.ApplicationStopping
        ).Map(app);
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
