using System.Net;
using System.Net.Sockets;
using Toss.Transport.Mdns;

namespace Toss.Net.Links;

/// <summary>Which port of each family others are told; sockets of one family are one, but in a simulation.</summary>
internal static class LinkPorts
{
    public static LanPorts Of(IReadOnlyList<IPEndPoint> locals) =>
        new(Of(locals, AddressFamily.InterNetwork), Of(locals, AddressFamily.InterNetworkV6));

    private static ushort Of(IReadOnlyList<IPEndPoint> locals, AddressFamily family) =>
        (ushort)(locals.FirstOrDefault(local => local.AddressFamily == family)?.Port ?? 0);
}
