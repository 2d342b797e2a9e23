using System.Net;
using Toss.Net.Quic;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Transport.Paths;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>The system's UDP sockets: one of each family, at ports that the system chooses.</summary>
public sealed class UdpLinkSockets : ILinkSockets
{
    public ILinkLoop? Start(QuicEndpoint endpoint, NotQuicReceived notQuic, DatagramsLeave? elsewhere = null)
    {
        // A machine without IPv6, or without IPv4, has the other.
        IPEndPoint[][] choices =
        [
            [new(IPAddress.Any, 0), new(IPAddress.IPv6Any, 0)],
            [new(IPAddress.Any, 0)],
            [new(IPAddress.IPv6Any, 0)],
        ];
        foreach (var locals in choices)
        {
            var options = new UdpDriverOptions { NotQuic = notQuic, Elsewhere = elsewhere };
            if (UdpQuicDriver.TryStart(endpoint, locals, options, out var driver) == BindResult.Bound)
            {
                return new Loop(driver!);
            }
        }
        return null;
    }

    private sealed class Loop(UdpQuicDriver driver) : ILinkLoop
    {
        public IReadOnlyList<IPEndPoint> Candidates() =>
            [
                .. LocalAddresses
                    .Now()
                    .SelectMany(address =>
                        driver
                            .Locals.Where(local => local.AddressFamily == address.AddressFamily)
                            .Select(local => new IPEndPoint(address, local.Port))
                    )
                    .Take(Limits.Candidates),
            ];

        public IReadOnlyList<LocalNetwork> Networks() => LocalAddresses.Networks();

        public IReadOnlyList<IPEndPoint> Locals => driver.Locals;

        public NetworkPath? PathTo(IPEndPoint peer) =>
            driver.Locals.Any(local => local.AddressFamily == peer.AddressFamily) ? driver.PathTo(peer) : null;

        public void Send(IPEndPoint to, byte[] datagrams, int size)
        {
            if (PathTo(to) is { } path)
            {
                driver.Send(path, datagrams, size);
            }
        }

        public void Deliver(NetworkPath from, byte[] datagrams, int size) => driver.Deliver(from, datagrams, size);

        public ValueTask DisposeAsync() => driver.DisposeAsync();
    }
}
