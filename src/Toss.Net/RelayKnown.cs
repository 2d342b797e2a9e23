using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>What is known of a relay now.</summary>
/// <param name="IsReady">Logged in: requests may be made.</param>
/// <param name="RoundTrip">Smoothed; null before the first answer.</param>
/// <param name="UdpPorts">Where its host answers STUN.</param>
/// <param name="HasCircuits">Whether it passes datagrams on.</param>
/// <param name="HasCircuitsByUdp">Whether it takes them at its UDP ports, too.</param>
/// <param name="HasOtherPort">Whether it answers STUN from yet another port when asked.</param>
internal sealed record RelayKnown(
    bool IsReady,
    TimeSpan? RoundTrip,
    IReadOnlyList<int> UdpPorts,
    bool HasCircuits,
    bool HasCircuitsByUdp,
    bool HasOtherPort
)
{
    /// <summary>Nothing of a relay to which there is no connection.</summary>
    public static RelayKnown Of(RelaySession? session) =>
        session is { IsReady: true }
            ? new(
                true,
                session.RoundTrip,
                session.UdpPorts,
                session.HasCircuits,
                session.HasCircuitsByUdp,
                session.HasOtherPort
            )
            : new(false, null, [], false, false, false);
}
