using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Toss.Wire;

namespace Toss.Transport.Relay;

/// <summary>
/// What may be configured as a relay. Plain ws:// tells everyone on the way who writes to whom, so it is for addresses
/// that do not leave the house: loopback and private ranges, written as addresses (a name can point anywhere).
/// </summary>
public static class RelayUrl
{
    /// <summary>
    /// Reads `wss://host[:port][/prefix]`, `ws://` where allowed, or a bare host. The result has no trailing slash;
    /// equal relays are equal URIs. <paramref name="problem"/> is a sentence for people.
    /// </summary>
    public static bool TryParse(
        [NotNullWhen(true)] string? text,
        [NotNullWhen(true)] out Uri? relay,
        [NotNullWhen(false)] out string? problem
    )
    {
        relay = null;
        text = text?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            problem = "no relay given";
            return false;
        }
        if (text.Length > Limits.RelayUrl)
        {
            problem = $"a relay address has at most {Limits.RelayUrl} characters";
            return false;
        }
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            text = "wss://" + text;
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            problem = "not an address; a relay looks like wss://relay.example.org";
            return false;
        }
        if (uri.Scheme is not ("ws" or "wss"))
        {
            problem = $"a relay is reached by wss://, not {uri.Scheme}://";
            return false;
        }
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            problem = "a relay address has no user, query or fragment";
            return false;
        }
        if (uri.Scheme == "ws" && !IsNear(uri))
        {
            problem = "ws:// is not encrypted and only allowed to loopback and private addresses; use wss://";
            return false;
        }
        var builder = new UriBuilder(uri) { Path = uri.AbsolutePath.TrimEnd('/') };
        relay = builder.Uri;
        problem = null;
        return true;
    }

    /// <summary>The WebSocket address of a relay.</summary>
    public static Uri Endpoint(Uri relay)
    {
        var builder = new UriBuilder(relay);
        builder.Path = builder.Path.TrimEnd('/') + ProtocolVersions.RelayPath;
        return builder.Uri;
    }

    /// <summary>True for localhost and for literal loopback, link-local and private addresses (RFC 1918, 3927, 4193, 4291).</summary>
    public static bool IsNear(Uri relay)
    {
        var host = relay.IdnHost;
        // RFC 6761 §6.3: names under localhost always are loopback.
        if (
            host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        )
        {
            return true;
        }
        if (!IPAddress.TryParse(host.Trim('[', ']'), out var address))
        {
            return false;
        }
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal;
        }
        Span<byte> bytes = stackalloc byte[4];
        return address.TryWriteBytes(bytes, out _)
            && (bytes[0], bytes[1]) switch
            {
                (10, _) => true,
                (172, >= 16 and <= 31) => true,
                (192, 168) => true,
                (169, 254) => true,
                _ => false,
            };
    }
}
