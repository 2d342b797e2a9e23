using System.Net;

namespace Toss.Transport.Mdns;

/// <summary>One interface of this machine in one family: its own world to multicast DNS (RFC 6762 §14, §20).</summary>
/// <param name="Index">As the system numbers it.</param>
public sealed record LanInterface(int Index, bool IsV6, IReadOnlyList<LanAddress> Addresses)
{
    /// <summary>Whether what came from there was sent in this network (RFC 6762 §11).</summary>
    public bool IsNear(IPAddress address) => Addresses.Any(own => own.Contains(address));

    public bool IsOwn(IPAddress address) => Addresses.Any(own => own.IsSame(address));

    public bool IsSameAs(LanInterface other) =>
        Index == other.Index && IsV6 == other.IsV6 && Addresses.SequenceEqual(other.Addresses);
}

/// <summary>An address of this machine, and how many bits of it name the network.</summary>
public sealed record LanAddress(IPAddress Address, int PrefixLength)
{
    public bool IsSame(IPAddress other) => Address.GetAddressBytes().AsSpan().SequenceEqual(other.GetAddressBytes());

    public bool Contains(IPAddress other)
    {
        var (mine, theirs) = (Address.GetAddressBytes(), other.GetAddressBytes());
        if (mine.Length != theirs.Length)
        {
            return false;
        }
        for (var bit = 0; bit < PrefixLength; bit += 8)
        {
            var mask = (byte)(PrefixLength - bit >= 8 ? 0xFF : 0xFF << (8 - (PrefixLength - bit)));
            if (((mine[bit / 8] ^ theirs[bit / 8]) & mask) != 0)
            {
                return false;
            }
        }
        return true;
    }
}
