namespace Toss.Quic;

/// <summary>
/// One way to a peer, as whoever moves the bytes names it: which of its carriers, and the peer's address there. This
/// library only compares it, binds address tokens to it, and tells the peer what address it is seen at; two paths are the
/// same if all of it is.
/// </summary>
/// <param name="Carrier">The caller's number for a socket, or for something else that carries datagrams.</param>
/// <param name="Address">An IPv6 address, or an IPv4 address mapped into one (RFC 4291 §2.5.5.2); or what the carrier likes.</param>
/// <param name="Port">UDP port; 0 where there is none.</param>
/// <param name="Scope">Zone of a link-local IPv6 address (RFC 4007), or 0.</param>
public readonly record struct NetworkPath(int Carrier, UInt128 Address, ushort Port, uint Scope = 0)
{
    private const int MappedHigh = 0xFFFF;

    /// <summary>An IPv4 address as <see cref="Address"/> has it.</summary>
    public static UInt128 MapIPv4(uint address) => ((UInt128)MappedHigh << 32) | address;

    /// <summary>Whether an <see cref="Address"/> is an IPv4 address in its lowest four bytes.</summary>
    public static bool IsMappedIPv4(UInt128 address) => address >> 32 == MappedHigh;
}
