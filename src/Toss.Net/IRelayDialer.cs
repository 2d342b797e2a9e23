namespace Toss.Net;

/// <summary>Opens WebSockets to relays: the real network's dialer, or a simulation's.</summary>
public interface IRelayDialer
{
    /// <summary>Never throws for the network's sake.</summary>
    Task<DialResult> DialAsync(Uri relay, CancellationToken cancellation);
}
