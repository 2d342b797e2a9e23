using System.Net;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Api;

/// <summary>Two processes that use the public interface, over the simulated net.</summary>
internal sealed class ApiPair
{
    private readonly ConnectionOptions _clientOptions;

    public ApiPair(
        ulong seed = 1,
        SimLink? link = null,
        Func<ConnectionOptions, ConnectionOptions>? client = null,
        Func<ConnectionOptions, ConnectionOptions>? server = null,
        Func<EndpointOptions, EndpointOptions>? endpoint = null
    )
    {
        Scheduler = new SimScheduler();
        var net = new SimNet(Scheduler, new SimContext(Scheduler, "wires"), seed) { Link = link ?? QuicPair.Straight };
        net.AddNode("client", null, IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.3"));
        net.AddNode("server", null, IPAddress.Parse("192.0.2.2"));
        _clientOptions = (client ?? Same)(QuicPair.Options(isClient: true));
        var options = new EndpointOptions
        {
            Key = new byte[32],
            Server = (server ?? Same)(QuicPair.Options(isClient: false)),
        };
        Client = new SimQuicPeer(Scheduler, net, "client", new EndpointOptions { Key = new byte[32] }, (seed * 2) + 1);
        Server = new SimQuicPeer(Scheduler, net, "server", (endpoint ?? Same)(options), (seed * 2) + 2);
        Client.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1000));
        Server.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.2"), 443));
    }

    public SimScheduler Scheduler { get; }

    public SimQuicPeer Client { get; }

    public SimQuicPeer Server { get; }

    public NetworkPath ToServer => SocketAddresses.ToPath(Server.Local(), 0);

    public QuicDialOptions Dial => new() { Connection = _clientOptions, Path = ToServer };

    /// <summary>Runs something of an application to its end.</summary>
    public T Run<T>(SimQuicPeer peer, Func<Task<T>> body, string what = "the application", double seconds = 120)
    {
        var task = Begin(peer, body);
        Scheduler.RunUntil(() => task().IsCompleted, TimeSpan.FromSeconds(seconds), what);
        return task().GetAwaiter().GetResult();
    }

    public void Run(SimQuicPeer peer, Func<Task> body, string what = "the application", double seconds = 120) =>
        Run(peer, () => Unit(body), what, seconds);

    /// <summary>Starts something and lets it go on while others run.</summary>
    public Func<Task<T>> Begin<T>(SimQuicPeer peer, Func<Task<T>> body)
    {
        var started = new TaskCompletionSource<Task<T>>();
        peer.Application.Post(_ => started.SetResult(Contained(peer, body)), null);
        return () => started.Task.IsCompleted ? started.Task.Unwrap() : new TaskCompletionSource<T>().Task;
    }

    public Func<Task> Begin(SimQuicPeer peer, Func<Task> body) => Begin(peer, () => Unit(body));

    public void RunFor(double seconds) => Scheduler.RunFor(TimeSpan.FromSeconds(seconds));

    /// <summary>A connection, seen from both sides.</summary>
    public (QuicConnection Client, QuicConnection Server) Connect()
    {
        var accepted = Begin(Server, () => Server.Endpoint.AcceptConnectionAsync());
        var dialled = Run(Client, () => Client.Endpoint.ConnectAsync(Dial), "the client");
        Scheduler.RunUntil(() => accepted().IsCompleted, TimeSpan.FromSeconds(5), "the server");
        return (dialled, accepted().GetAwaiter().GetResult());
    }

    /// <summary>What the task throws.</summary>
    public QuicException Fails(SimQuicPeer peer, Func<Task> body, double seconds = 120) =>
        Run(peer, async () => await Assert.ThrowsAsync<QuicException>(body), "a failure", seconds);

    /// <summary>Of a task that is done.</summary>
    public static T Result<T>(Task<T> task)
    {
        Assert.True(task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    private static async Task<bool> Unit(Func<Task> body)
    {
        await body();
        return true;
    }

    // Continuations that left the process's context would go on elsewhere: on no thread of the world.
    private static async Task<T> Contained<T>(SimQuicPeer peer, Func<Task<T>> body)
    {
        try
        {
            return await body();
        }
        finally
        {
            Assert.Same(peer.Application, SynchronizationContext.Current);
        }
    }

    private static T Same<T>(T options) => options;
}
