namespace Toss.Transport.Mdns;

/// <summary>Types of resource records (IANA, "Domain Name System Parameters"): those that DNS-SD uses.</summary>
public enum DnsType : ushort
{
    None = 0,
    A = 1,
    CName = 5,
    Pointer = 12,
    Text = 16,
    Aaaa = 28,
    Service = 33,

    /// <summary>Which types a name has: says that others do not exist (RFC 6762 §6.1).</summary>
    Nsec = 47,

    /// <summary>In questions only.</summary>
    Any = 255,
}
