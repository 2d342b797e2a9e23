using System.Net;

namespace Toss.Transport.Mdns;

/// <summary>Names and addresses that are the same everywhere.</summary>
public static class MdnsNames
{
    public const ushort Port = 5353;

    public static DnsName Local { get; } = DnsName.Of("local");

    /// <summary>Devices that keep links.</summary>
    public static DnsName Links { get; } = DnsName.Of("_toss._udp.local");

    /// <summary>Devices that show a pairing code at this moment.</summary>
    public static DnsName Pairing { get; } = DnsName.Of("_toss-pair._udp.local");

    /// <summary>Lists the types of services that there are (RFC 6763 §9).</summary>
    public static DnsName Types { get; } = DnsName.Of("_services._dns-sd._udp.local");

    /// <summary>RFC 6762 §3.</summary>
    public static IPAddress GroupV4 { get; } = new([224, 0, 0, 251]);

    public static IPAddress GroupV6 { get; } = IPAddress.Parse("ff02::fb");

    public static IPEndPoint GroupOf(bool isV6) => new(isV6 ? GroupV6 : GroupV4, Port);
}
