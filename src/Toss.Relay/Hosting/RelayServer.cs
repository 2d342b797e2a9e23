using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Toss.Relay.Blobs;
using Toss.Relay.Mailboxes;
using Toss.Relay.Routing;
using Toss.Relay.Udp;
using Toss.Wire;

namespace Toss.Relay.Hosting;

/// <summary>The relay as a web server: one WebSocket endpoint, /health, and the sweep.</summary>
public sealed class RelayServer : IAsyncDisposable
{
    /// <summary>How often timeouts are looked for.</summary>
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    /// <summary>From SIGTERM to the end: the Draining frames leave, and nothing else is worth waiting for.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;
    private readonly Router _router;
    private readonly IMailboxStore _mailboxes;
    private readonly IBlobStore _blobs;
    private readonly UdpPorts? _udp;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sweeping;

    private RelayServer(
        WebApplication app,
        Router router,
        IMailboxStore mailboxes,
        IBlobStore blobs,
        UdpPorts? udpPorts,
        TimeProvider time
    )
    {
        _udp = udpPorts;
        _app = app;
        _router = router;
        _mailboxes = mailboxes;
        _blobs = blobs;
        _logger = app.Logger;
        app.Lifetime.ApplicationStopping.Register(Drain);
        _sweeping = SweepAsync(time, _stop.Token);
    }

    /// <summary>Where clients connect: ws:// or wss://, with the port that was taken.</summary>
    public required Uri Url { get; init; }

    /// <summary>Opens the stores and listens. Throws <see cref="RelayStorageException"/> or <see cref="IOException"/>.</summary>
    /// <param name="udp">Where STUN is answered, on this port and the next; null: nowhere.</param>
    public static async Task<RelayServer> StartAsync(
        string dataDirectory,
        IPEndPoint listen,
        IPEndPoint? udp,
        X509Certificate2Collection? certificate,
        RelayRules rules,
        TimeProvider time,
        bool verbose
    )
    {
        IMailboxStore mailboxes = SqliteMailboxStore.Open(dataDirectory, rules.Quotas);
        IBlobStore? blobs = null;
        UdpPorts? udpPorts = null;
        WebApplication? app = null;
        try
        {
            blobs = FileBlobStore.Open(dataDirectory, rules.Quotas);
            app = Build(listen, certificate, verbose);
            udpPorts = udp is null ? null : UdpPorts.Start(udp, time, app.Logger);
            rules = rules with { UdpPorts = udpPorts?.Ports ?? [], HasOtherPort = udpPorts?.HasOtherPort == true };
            var router = new Router(mailboxes, blobs, time, SystemRandomness.Instance, rules);
            if (udpPorts is not null && rules.Circuits)
            {
                udpPorts.Circuits = new CircuitPort(router, time, SystemRandomness.Instance);
            }
            Map(app, router, mailboxes, blobs, rules, time);
            await app.StartAsync();
            return new RelayServer(app, router, mailboxes, blobs, udpPorts, time)
            {
                Url = UrlOf(app, certificate is not null),
            };
        }
        catch
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }
            if (udpPorts is not null)
            {
                await udpPorts.DisposeAsync();
            }
            if (blobs is not null)
            {
                await blobs.DisposeAsync();
            }
            await mailboxes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes after SIGTERM or SIGINT, when everybody was told.</summary>
    public Task WaitAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _stop.CancelAsync();
        await _sweeping;
        if (_udp is not null)
        {
            await _udp.DisposeAsync();
        }
        await _blobs.DisposeAsync();
        await _mailboxes.DisposeAsync();
        _stop.Dispose();
    }

    private static WebApplication Build(IPEndPoint listen, X509Certificate2Collection? certificate, bool verbose)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        // Standard output is for the one line that says where we listen.
        builder.Logging.AddSimpleConsole(options => options.SingleLine = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options =>
            options.LogToStandardErrorThreshold = LogLevel.Trace
        );
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Toss", verbose ? LogLevel.Debug : LogLevel.Information);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopWithin);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(
                listen,
                endpoint =>
                {
                    // WebSockets over HTTP/1.1 (RFC 6455); every proxy speaks that.
                    endpoint.Protocols = HttpProtocols.Http1;
                    if (certificate is not null)
                    {
                        endpoint.UseHttps(https =>
                        {
                            https.ServerCertificate = certificate[0];
                            https.ServerCertificateChain = certificate;
                        });
                    }
                }
            );
        });
        return builder.Build();
    }

    private static void Map(
        WebApplication app,
        Router router,
        IMailboxStore mailboxes,
        IBlobStore blobs,
        RelayRules rules,
        TimeProvider time
    )
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Toss.Relay");
        var health = new HealthDesk(router, mailboxes, blobs, rules.Version, time);
        var pump = new WebSocketPump(router, rules.Quotas, time, logger);
        // Clients ping in the protocol itself; a second heartbeat would only wake radios.
        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        app.Run(async context =>
        {
            switch (context.Request.Path.Value)
            {
                case "/health" when HttpMethods.IsGet(context.Request.Method):
                    await health.AnswerAsync(context);
                    break;
                case ProtocolVersions.RelayPath when context.WebSockets.IsWebSocketRequest:
                    if (!context.WebSockets.WebSocketRequestedProtocols.Contains(ProtocolVersions.RelaySubprotocol))
                    {
                        context.Response.StatusCode = StatusCodes.Status400BadRequest;
                        await context.Response.WriteAsync($"speaks {ProtocolVersions.RelaySubprotocol}; update toss\n");
                        break;
                    }
                    var address = RemoteAddress.Of(
                        context.Connection.RemoteIpAddress,
                        context.Request.Headers["X-Forwarded-For"]
                    );
                    using (
                        var socket = await context.WebSockets.AcceptWebSocketAsync(ProtocolVersions.RelaySubprotocol)
                    )
                    {
                        await pump.RunAsync(socket, address, context.RequestAborted);
                    }
                    break;
                case ProtocolVersions.RelayPath:
                    context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
                    break;
                default:
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    break;
            }
        });
    }

    private static Uri UrlOf(WebApplication app, bool tls)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        var bound = new Uri(addresses!.Addresses.First());
        return new UriBuilder(bound) { Scheme = tls ? "wss" : "ws", Port = bound.Port }.Uri;
    }

    private void Drain()
    {
        RelayLog.Draining(_logger, _router.Connections);
        _router.Drain();
    }

    private async Task SweepAsync(TimeProvider time, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(SweepEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                await _router.SweepAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
