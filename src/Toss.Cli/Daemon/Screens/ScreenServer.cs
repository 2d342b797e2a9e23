using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Toss.Control;
using Toss.Crypto;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// A web server for the browsers of this computer: on loopback, of both kinds, at a port of chance, under a name of chance. Beneath `/api` it has
/// what the control socket has; everything else is the files of the screens. <see cref="ScreenGuard"/> stands before both.
/// </summary>
internal sealed class ScreenServer : IAsyncDisposable
{
    private const int NameBytes = 10;

    private readonly WebApplication _app;
    private readonly ScreenSockets _sockets;
    private readonly TimeProvider _time;
    private readonly ScreenTickets _tickets;
    private readonly ScreenSessions _sessions;
    private readonly ScreenGuard _guard;
    private readonly string _name;
    private readonly string _host;
    private int _active;
    private long _usedAt;

    private ScreenServer(
        WebApplication app,
        ScreenSockets sockets,
        ScreenPlace place,
        ScreenFiles files,
        IRandomSource random,
        TimeProvider time
    )
    {
        _app = app;
        _sockets = sockets;
        _name = place.Name;
        _host = string.Create(CultureInfo.InvariantCulture, $"{place.Name}:{sockets.Port}");
        _time = time;
        _tickets = new ScreenTickets(random, time);
        _sessions = new ScreenSessions(random, time, place.Sessions);
        var returns = new ScreenReturns(_sessions, () => Changed());
        _guard = new ScreenGuard(_host, _tickets, _sessions, returns, files.ImportMapHash);
        _usedAt = time.GetTimestamp();
    }

    /// <summary>Where it is, and who was let in: told of each change.</summary>
    public ScreenPlace Place => new(_name, _sockets.Port, _sessions.All);

    /// <summary>Somebody was let in.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>How long nobody has asked for anything; zero while somebody does.</summary>
    public TimeSpan Idle =>
        Volatile.Read(ref _active) > 0 ? TimeSpan.Zero : _time.GetElapsedTime(Interlocked.Read(ref _usedAt));

    /// <param name="earlier">Of a run before, which is gone on with; null for a new place.</param>
    /// <returns>Null if that place is not to be had any more.</returns>
    public static async Task<ScreenServer?> StartAsync(
        IControl control,
        IRandomSource random,
        TimeProvider time,
        ILoggerFactory logs,
        string folder,
        ScreenPlace? earlier,
        CancellationToken cancellation
    )
    {
        var files = ScreenFiles.Read(folder);
        var sockets = ScreenSockets.Bind(earlier?.Port ?? 0);
        if (earlier is not null && sockets.Port != earlier.Port)
        {
            sockets.Dispose();
            return null;
        }
        var app = Build(logs, sockets);
        try
        {
            ScreenServer? server = null;
            app.Use((context, next) => server is { } ready ? ready.PassAsync(context, next) : NotYet(context));
            app.UseWhen(
                context => context.Request.Path.StartsWithSegments("/api"),
                api => api.Use(new ControlGuard(logs.CreateLogger("Screens")).PassAsync)
            );
            app.UseRouting();
            var endpoints = new ControlEndpoints(
                control,
                logs.CreateLogger("Screens"),
                new TaskCompletionSource(),
                app.Lifetime.ApplicationStopping
            )
            {
                Time = time,
            };
            endpoints.MapRequests(app.MapGroup("/api"));
            // After all requests, and what is none beneath `/api`.
            app.MapGet("/{**path}", files.ServeAsync).WithOrder(int.MaxValue);
            await app.StartAsync(cancellation);
            var place = earlier ?? new ScreenPlace(NewName(random), sockets.Port, []);
            server = new ScreenServer(app, sockets, place, files, random, time);
            return server;
        }
        catch
        {
            await app.DisposeAsync();
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>Opens the screens once.</summary>
    public ScreensOpened Open(string? link)
    {
        Interlocked.Exchange(ref _usedAt, _time.GetTimestamp());
        var (ticket, until) = _tickets.Issue(link);
        return new ScreensOpened($"http://{_host}{ScreenGuard.LoginPath}?{ScreenGuard.TicketName}={ticket}", until);
    }

    /// <summary>Whether the address was opened by then.</summary>
    public Task<bool> WaitForUseAsync(Uri address, TimeSpan patience, CancellationToken cancellation)
    {
        const string begin = "?" + ScreenGuard.TicketName + "=";
        return address.Query.StartsWith(begin, StringComparison.Ordinal)
            ? _tickets.WaitForUseAsync(address.Query[begin.Length..], patience, cancellation)
            : Task.FromResult(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _sockets.Dispose();
    }

    private static WebApplication Build(ILoggerFactory logs, ScreenSockets sockets)
    {
        var builder = LocalServer.CreateBuilder(
            logs,
            kestrel =>
            {
                foreach (var end in sockets.Ends)
                {
                    kestrel.Listen(end, listen => listen.Protocols = HttpProtocols.Http1);
                }
            }
        );
        builder.Services.Configure<SocketTransportOptions>(transport =>
            transport.CreateBoundListenSocket = sockets.Take
        );
        return builder.Build();
    }

    private Task PassAsync(HttpContext context, RequestDelegate next) =>
        _guard.PassAsync(context, passed => CountAsync(passed, next));

    /// <summary>It listens before it knows its own name. Nobody else knows it then either.</summary>
    private static Task NotYet(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _active);
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Exchange(ref _usedAt, _time.GetTimestamp());
            Interlocked.Decrement(ref _active);
        }
    }

    /// <summary>
    /// Cookies do not know ports: at a plain `localhost` every other server of this computer would get ours, and count as the same
    /// site. Browsers take what ends in .localhost for this computer by themselves (RFC 6761, 6.3).
    /// </summary>
    private static string NewName(IRandomSource random)
    {
        Span<byte> name = stackalloc byte[NameBytes];
        random.Fill(name);
        return $"toss-{Convert.ToHexStringLower(name)}.localhost";
    }
}
