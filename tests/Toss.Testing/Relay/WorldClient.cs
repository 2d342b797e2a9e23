using Toss.Relay.Routing;
using Toss.Transport.Relay;

namespace Toss.Testing.Relay;

/// <summary>One client of a <see cref="RelayWorld"/>.</summary>
public sealed class WorldClient
{
    private readonly RelayWorld _world;
    private readonly Router _router;
    private readonly Connection? _connection;

    internal WorldClient(RelayWorld world, TestMailboxKey key, string address, string? token, bool guest)
    {
        _world = world;
        _router = world.Router;
        Key = key;
        Session = new RelaySession(key.Login(token), world.Time.GetUtcNow(), guest);
        _connection = _router.Connect(address, static () => { });
        IsRefusedAtDoor = _connection is null;
    }

    public TestMailboxKey Key { get; }

    public RelaySession Session { get; }

    /// <summary>Everything the session said, oldest first.</summary>
    public List<RelayEvent> Events { get; } = [];

    /// <summary>The relay took no further connection.</summary>
    public bool IsRefusedAtDoor { get; }

    /// <summary>While set, nothing is read from the relay: a slow reader.</summary>
    public bool IsStalled { get; set; }

    /// <summary>The transport is gone.</summary>
    public bool IsCut { get; private set; }

    public RelayClosed? Closed => Events.OfType<RelayClosed>().SingleOrDefault();

    public IReadOnlyList<RelayEnvelopeArrived> Envelopes => [.. Events.OfType<RelayEnvelopeArrived>()];

    public IReadOnlyList<RelayPresenceChanged> Presence => [.. Events.OfType<RelayPresenceChanged>()];

    public IReadOnlyList<RelayRendezvousArrived> Rendezvous => [.. Events.OfType<RelayRendezvousArrived>()];

    /// <summary>Runs the world until the request is answered.</summary>
    public RelayAnswered Answer(ulong request)
    {
        _world.Run();
        return Events.OfType<RelayAnswered>().Single(answered => answered.Request == request);
    }

    public RelayAnswer Allow(params TestMailboxKey[] others) =>
        Answer(Session.Allow(others.Select(other => other.Id), [])).Answer;

    /// <summary>Lists one mailbox for everything, and one that may deliver and nothing else.</summary>
    public RelayAnswer AllowBeside(TestMailboxKey other, TestMailboxKey deliverOnly) =>
        Answer(Session.Allow([other.Id], [deliverOnly.Id])).Answer;

    public RelayAnswer Deliver(TestMailboxKey to, byte[] envelope, TimeSpan? timeToLive = null) =>
        Answer(Session.Deliver(to.Id, timeToLive ?? TimeSpan.FromDays(7), envelope)).Answer;

    /// <summary>Gives the relay bytes as they are.</summary>
    public void SendRaw(byte[] frame)
    {
        RelayWorld.Now(_router.HandleAsync(_connection!, frame));
        _world.Run();
    }

    /// <summary>Lets what it has to say leave, and what follows from that happen.</summary>
    public void Run() => _world.Run();

    /// <summary>The transport breaks.</summary>
    public void Cut()
    {
        IsCut = true;
        _router.Disconnect(_connection!);
        _world.Run();
    }

    internal void Tick()
    {
        if (!IsCut)
        {
            Session.HandleTimeout(_world.Time.GetUtcNow());
        }
    }

    internal bool Move()
    {
        if (IsCut || _connection is null)
        {
            return false;
        }
        var now = _world.Time.GetUtcNow();
        var moved = false;
        while (_connection.HasRoom && Session.TryPollTransmit(now, out var frame))
        {
            RelayWorld.Now(_router.HandleAsync(_connection, frame));
            moved = true;
        }
        if (!IsStalled)
        {
            RelayWorld.Now(_router.FillAsync(_connection));
            while (_connection.TryTake(out var frame))
            {
                Session.HandleFrame(frame.Span, now);
                moved = true;
            }
        }
        while (Session.TryPollEvent(out var next))
        {
            Events.Add(next);
        }
        if ((_connection.IsClosing && !IsStalled) || Closed is not null)
        {
            IsCut = true;
            _router.Disconnect(_connection);
            moved = true;
        }
        return moved;
    }
}
