using Microsoft.Extensions.Time.Testing;
using Toss.Relay;
using Toss.Relay.Blobs;
using Toss.Relay.Mailboxes;
using Toss.Relay.Routing;

namespace Toss.Testing.Relay;

/// <summary>
/// The real <see cref="Router"/> on its in-memory stores and real client sessions, joined without a socket, on
/// one thread and in virtual time. A frame handed over is there at once.
/// </summary>
public sealed class RelayWorld
{
    private readonly List<WorldClient> _clients = [];

    public RelayWorld(RelayRules? rules = null)
    {
        Rules = rules ?? RelayRules.Default;
        Mailboxes = new MemoryMailboxStore(Rules.Quotas);
        Blobs = new MemoryBlobStore(Rules.Quotas);
        Restart();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The relay's own: the same, unless it is set.</summary>
    public SetClock Clock => field ??= new SetClock(Time);

    public RelayRules Rules { get; }

    public MemoryMailboxStore Mailboxes { get; }

    public MemoryBlobStore Blobs { get; }

    public Router Router { get; private set; } = null!;

    /// <summary>A new router on the same stores; all connections are gone.</summary>
    public void Restart()
    {
        Router = new Router(Mailboxes, Blobs, Clock, new SeededRandomness(1), Rules);
        _clients.Clear();
    }

    /// <summary>A client's connection, not yet logged in.</summary>
    public WorldClient Dial(TestMailboxKey key, string address = "192.0.2.1", string? token = null, bool guest = false)
    {
        var client = new WorldClient(this, key, address, token, guest);
        _clients.Add(client);
        return client;
    }

    /// <summary>A client, logged in.</summary>
    public WorldClient Connect(
        TestMailboxKey key,
        string address = "192.0.2.1",
        string? token = null,
        bool guest = false
    )
    {
        var client = Dial(key, address, token, guest);
        Run();
        return client;
    }

    /// <summary>Carries frames until nothing moves.</summary>
    public void Run()
    {
        var moved = true;
        while (moved)
        {
            moved = false;
            foreach (var client in _clients.ToList())
            {
                moved |= client.Move();
            }
        }
    }

    /// <summary>Lets virtual time pass in steps of a second, with sweeps and pings in each.</summary>
    public void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            foreach (var client in _clients)
            {
                client.Tick();
            }
            Now(Router.SweepAsync());
            Run();
        }
    }

    /// <summary>Lets virtual time pass at once, for days that nobody is connected in.</summary>
    public void Jump(TimeSpan time)
    {
        Time.Advance(time);
        Now(Router.SweepAsync());
        Run();
    }

    /// <summary>In this world every call completes at once; one that does not is a bug.</summary>
    public static void Now(ValueTask task)
    {
        if (!task.IsCompleted)
        {
            throw new InvalidOperationException("a call on the in-memory relay did not complete at once");
        }
        task.GetAwaiter().GetResult();
    }
}
