using Microsoft.AspNetCore.Server.Kestrel.Core;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>What the daemon's two web servers have in common: nothing but what they need, and bounds on all of it.</summary>
internal static class LocalServer
{
    /// <summary>A person, a script or two and the screens; more is a runaway loop.</summary>
    private const int MaxConnections = 256;

    /// <summary>A request line or header longer than this is not ours.</summary>
    private const int MaxHeaders = 16 * 1024;

    /// <summary>How long requests under way may take to end when the agent stops.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

    public static WebApplicationBuilder CreateBuilder(ILoggerFactory logs, Action<KestrelServerOptions> listen)
    {
        // The empty builder reads no settings file from the current folder and no ASPNETCORE_ variable.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(logs);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        builder.WebHost.UseKestrelCore();
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
            listen(kestrel);
        });
        return builder;
    }
}
