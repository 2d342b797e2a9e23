using System.Net;

namespace Toss.Transport.Mdns;

/// <summary>What a session found out.</summary>
public abstract record MdnsEvent
{
    private MdnsEvent() { }

    /// <summary>An instance of a service that is sought, with all that is needed to reach it; again when that changed.</summary>
    public sealed record Found(DnsName Instance, DnsName Type, DnsRecord Text, IReadOnlyList<IPEndPoint> EndPoints)
        : MdnsEvent;

    /// <summary>It said good-bye, or nobody repeats what it said.</summary>
    public sealed record Lost(DnsName Instance) : MdnsEvent;
}

/// <param name="To">Whom alone it is for; null: the group.</param>
public sealed record MdnsTransmit(ReadOnlyMemory<byte> Bytes, IPEndPoint? To);
