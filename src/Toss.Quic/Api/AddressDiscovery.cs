namespace Toss.Quic;

/// <summary>Which OBSERVED_ADDRESS frames an endpoint takes part in; the values on the wire, and <see cref="None"/>.</summary>
public enum AddressDiscovery
{
    None = -1,
    Provides = 0,
    Receives = 1,
    Both = 2,
}
