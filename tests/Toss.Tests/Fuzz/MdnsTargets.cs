using System.Net;
using Toss.Testing;
using Toss.Transport.Mdns;

namespace Toss.Tests.Fuzz;

/// <summary>What a neighbour says to a device that shows and seeks: messages of two bytes of length each.</summary>
internal static class MdnsTargets
{
    private static readonly LanInterface s_lan = new(1, IsV6: false, [new(IPAddress.Parse("192.168.1.2"), 24)]);
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>True if each was a message. Whatever they were, the device goes on, sends little and keeps little.</summary>
    public static bool Hear(byte[] script)
    {
        var session = new MdnsSession(s_lan, new SeededRandomSource(1));
        var now = s_start;
        session.Publish(new MdnsService(MdnsNames.Links, 7, "t=0123456789abcdef"u8.ToArray()), now);
        session.Seek(MdnsNames.Links, now);
        var all = true;
        var sent = 0;
        for (var at = 0; at < script.Length; )
        {
            var length =
                at + 2 <= script.Length ? Math.Min((script[at] << 8) | script[at + 1], script.Length - at - 2) : 0;
            var message = script.AsSpan(Math.Min(at + 2, script.Length), length);
            all &= session.HandleDatagram(message, new IPEndPoint(IPAddress.Parse("192.168.1.9"), 5353), now);
            at += 2 + length;
            sent += Run(session, ref now, TimeSpan.FromMilliseconds(700));
        }
        sent += Run(session, ref now, TimeSpan.FromHours(1));
        if (session.Known > 512 || sent > 500)
        {
            throw new InvalidOperationException($"{session.Known} instances, {sent} messages.");
        }
        return all;
    }

    private static int Run(MdnsSession session, ref DateTimeOffset now, TimeSpan time)
    {
        var sent = 0;
        var end = now + time;
        while (session.NextTimeout(now) is { } next && next <= end)
        {
            now = next > now ? next : now;
            session.HandleTimeout(now);
            while (session.TryPollTransmit(out var transmit))
            {
                if (!DnsReader.TryRead(transmit.Bytes.Span, out _))
                {
                    throw new InvalidOperationException("What is sent cannot be read.");
                }
                sent++;
            }
            while (session.TryPollEvent(out var happened))
            {
                if (happened is MdnsEvent.Found found)
                {
                    session.Keep(found.Instance);
                }
            }
        }
        now = end;
        return sent;
    }
}
