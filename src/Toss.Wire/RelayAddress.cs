using System.Net;
using System.Net.Sockets;

namespace Toss.Wire;

/// <summary>Which relay URLs are taken: `wss://`, and `ws://` only where nobody but the owner of the network listens.</summary>
public static class RelayAddress
{
    /// <summary>False with a problem for people. The result has neither query nor fragment and ends in a slash.</summary>
    public static bool TryParse(string text, out Uri relay, out string problem)
    {
        relay = null!;
        problem = "";
        if (
            text.Length > Limits.RelayUrl
            || !Uri.TryCreate(text.Trim(), UriKind.Absolute, out var uri)
            || uri.Host.Length == 0
        )
        {
            problem = "that is not a URL.";
            return false;
        }
        if (uri.Scheme is not ("wss" or "ws"))
        {
            problem = "the URL must begin with wss://.";
            return false;
        }
        if (uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            problem = "the URL may not hold a user, a query or a fragment.";
            return false;
        }
        if (uri.Scheme == "ws" && !IsPrivate(uri))
        {
            problem = "ws:// is for loopback and private addresses only; use wss://.";
            return false;
        }
        relay = uri.AbsolutePath.EndsWith('/') ? uri : new UriBuilder(uri) { Path = uri.AbsolutePath + "/" }.Uri;
        return true;
    }

    /// <summary>Loopback, private (RFC 1918, RFC 4193), link-local (RFC 3927, RFC 4291) or shared (RFC 6598) addresses, and `localhost`.</summary>
    private static bool IsPrivate(Uri uri)
    {
        if (uri.IsLoopback)
        {
            return true;
        }
        if (!IPAddress.TryParse(uri.DnsSafeHost, out var address))
        {
            return false;
        }
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal;
        }
        var bytes = address.GetAddressBytes();
        return bytes[0] == 10
            || (bytes[0] == 172 && bytes[1] is >= 16 and < 32)
            || (bytes[0] == 192 && bytes[1] == 168)
            || (bytes[0] == 169 && bytes[1] == 254)
            || (bytes[0] == 100 && bytes[1] is >= 64 and < 128);
    }
}
