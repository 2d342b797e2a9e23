namespace Toss.Relay.Routing;

/// <summary>What passed by circuits since the relay started; about nobody.</summary>
/// <param name="Open">Circuits now.</param>
/// <param name="Opened">Circuits ever.</param>
/// <param name="Bytes">Bytes of datagrams passed on.</param>
/// <param name="Dropped">Bytes of datagrams that were not: too fast, or nobody took them.</param>
/// <param name="ByUdp">Bytes of datagrams that came by UDP.</param>
public readonly record struct CircuitTraffic(int Open, long Opened, long Bytes, long Dropped, long ByUdp = 0);
