using Toss.Wire;

namespace Toss.Transport.Relay;

/// <summary>
/// The addresses of a relay. What may be configured as one is <see cref="RelayAddress"/>'s decision: wss://, and ws://
/// only where nobody else listens.
/// </summary>
public static class RelayUrl
{
    /// <summary>The WebSocket address of a relay; a path before it, as behind a shared web server, stays.</summary>
    public static Uri Endpoint(Uri relay)
    {
        var builder = new UriBuilder(relay);
        builder.Path = builder.Path.TrimEnd('/') + ProtocolVersions.RelayPath;
        return builder.Uri;
    }

    /// <summary>
    /// The one form in which equal relays are equal; null for what may not be dialled, however it came here: a peer's
    /// card names a relay too.
    /// </summary>
    public static Uri? Normal(Uri relay) =>
        RelayAddress.TryParse(relay.AbsoluteUri, out var normal, out _) ? normal : null;
}
