using System.Net;
using System.Net.Sockets;

namespace Toss.Relay.Hosting;

/// <summary>By what the limits per address count.</summary>
public static class RemoteAddress
{
    /// <summary>
    /// The address of the connection; behind a proxy on this machine, the one the proxy saw, which is the last it wrote
    /// into X-Forwarded-For. From anywhere else the header is not believed. IPv6 counts by /64: a household has that many.
    /// </summary>
    public static string Of(IPAddress? remote, string? forwardedFor)
    {
        if (remote is null)
        {
            return "unknown";
        }
        if (IPAddress.IsLoopback(Unmapped(remote)) && forwardedFor is not null)
        {
            var last = forwardedFor[(forwardedFor.LastIndexOf(',') + 1)..].Trim();
            if (IPAddress.TryParse(last, out var seen))
            {
                remote = seen;
            }
        }
        remote = Unmapped(remote);
        if (remote.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(remote))
        {
            return remote.ToString();
        }
        var bytes = remote.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes) + "/64";
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
