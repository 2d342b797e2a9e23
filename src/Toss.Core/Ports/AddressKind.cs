using System.Net;

namespace Toss.Core.Ports;

/// <summary>What can be said of an address without saying which it is: for logs, traces and bug reports.</summary>
public static class AddressKind
{
    /// <summary>`loopback`, `ipv4 private` (RFC 1918, 3927), `ipv4`, `ipv6 local` (RFC 4193, 4291 §2.5.6), `ipv6`.</summary>
    public static string Of(IPAddress address) =>
        address.GetAddressBytes() switch
        {
            _ when IPAddress.IsLoopback(address) => "loopback",
            [10, _, _, _] or [192, 168, _, _] or [172, >= 16 and < 32, _, _] or [169, 254, _, _] => "ipv4 private",
            [_, _, _, _] => "ipv4",
            _ when address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal => "ipv6 local",
            _ => "ipv6",
        };
}
