namespace Toss.Net.Udp;

/// <summary>Which code moves the bytes.</summary>
public enum UdpImplementation
{
    /// <summary>The system's own calls where we know them (64-bit Linux), else the portable code.</summary>
    Best,

    /// <summary>What .NET has everywhere: one datagram a call, no ECN.</summary>
    Portable,
}
