namespace Toss.Transport.Mdns;

/// <summary>What a message says, in the order in which it says it. Records and questions of other classes are left out.</summary>
public sealed class DnsMessage
{
    /// <summary>Zero in multicast, and not looked at; a plain resolver wants its own back (RFC 6762 §18.1).</summary>
    public ushort Id { get; init; }

    public bool IsResponse { get; init; }

    /// <summary>More known answers follow in another message (RFC 6762 §7.2).</summary>
    public bool IsTruncated { get; init; }

    public List<DnsQuestion> Questions { get; } = [];

    public List<DnsRecord> Answers { get; } = [];

    /// <summary>In a probe: what the sender would like to have (RFC 6762 §8.2).</summary>
    public List<DnsRecord> Authorities { get; } = [];

    public List<DnsRecord> Additionals { get; } = [];
}
