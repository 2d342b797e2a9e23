using System.Net;
using Toss.Testing;
using Toss.Transport.Mdns;

namespace Toss.Tests.Transport.Mdns;

/// <summary>
/// A network on which everybody hears everything at once, in virtual time: sessions, and a stranger who says what a test
/// wants. All that was said to the group is kept.
/// </summary>
internal sealed class MdnsLan
{
    public static readonly IPEndPoint Stranger = new(IPAddress.Parse("192.168.1.200"), MdnsNames.Port);

    private readonly List<Station> _stations = [];

    public DateTimeOffset Now { get; private set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public List<Said> Heard { get; } = [];

    public IEnumerable<Said> By(MdnsSession session) => Heard.Where(said => said.By == session);

    public MdnsSession Join(byte host)
    {
        var lan = new LanInterface(
            Index: 1,
            IsV6: false,
            [new LanAddress(new IPAddress([192, 168, 1, host]), PrefixLength: 24)]
        );
        var session = new MdnsSession(lan, new SeededRandomSource(host));
        _stations.Add(new Station(session, new IPEndPoint(lan.Addresses[0].Address, MdnsNames.Port)));
        return session;
    }

    /// <summary>It is gone without a word.</summary>
    public void Kill(MdnsSession session) => _stations.RemoveAll(station => station.Session == session);

    /// <summary>Somebody who is no session says this to the group.</summary>
    public void Say(DnsWriter writer, IPEndPoint? from = null) => Carry(null, writer.ToArray(), from ?? Stranger);

    public void Say(byte[] bytes, IPEndPoint? from = null) => Carry(null, bytes, from ?? Stranger);

    public static List<MdnsEvent> EventsOf(MdnsSession session)
    {
        var events = new List<MdnsEvent>();
        while (session.TryPollEvent(out var happened))
        {
            events.Add(happened);
        }
        return events;
    }

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        Drain();
        while (_stations.Min(station => station.Session.NextTimeout(Now)) is { } next && next <= end)
        {
            Now = next > Now ? next : Now;
            foreach (var station in _stations.ToList())
            {
                station.Session.HandleTimeout(Now);
            }
            Drain();
        }
        Now = end;
    }

    private void Drain()
    {
        for (var spoke = true; spoke; )
        {
            spoke = false;
            foreach (var station in _stations.ToList())
            {
                while (station.Session.TryPollTransmit(out var transmit))
                {
                    spoke = true;
                    if (transmit.To is null)
                    {
                        Carry(station.Session, transmit.Bytes.ToArray(), station.At);
                    }
                    else
                    {
                        Keep(station.Session, transmit.Bytes.ToArray(), transmit.To);
                    }
                }
            }
        }
    }

    private void Carry(MdnsSession? by, byte[] bytes, IPEndPoint from)
    {
        Keep(by, bytes, to: null);
        foreach (var station in _stations.ToList())
        {
            station.Session.HandleDatagram(bytes, from, Now);
        }
    }

    private void Keep(MdnsSession? by, byte[] bytes, IPEndPoint? to)
    {
        if (DnsReader.TryRead(bytes, out var message))
        {
            Heard.Add(new Said(Now, by, message, to, bytes));
        }
    }

    private sealed record Station(MdnsSession Session, IPEndPoint At);
}

/// <param name="To">Null: everybody.</param>
internal sealed record Said(DateTimeOffset At, MdnsSession? By, DnsMessage Message, IPEndPoint? To, byte[] Bytes)
{
    public bool IsProbe => !Message.IsResponse && Message.Authorities.Count > 0;

    public bool Tells(DnsRecord record) => Message.IsResponse && Message.Answers.Exists(record.IsSameAs);
}
