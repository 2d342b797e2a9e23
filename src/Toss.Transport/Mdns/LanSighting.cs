using System.Net;

namespace Toss.Transport.Mdns;

/// <summary>An instance that was found, as far as it matters here: what its TXT record shows, and where.</summary>
internal sealed record LanSighting(
    MdnsSession Session,
    DnsName Instance,
    bool IsPairing,
    ReadOnlyMemory<byte> Shown,
    IReadOnlyList<IPEndPoint> EndPoints,
    int Order
);
