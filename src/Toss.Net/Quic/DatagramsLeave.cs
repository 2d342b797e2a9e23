using Toss.Quic;

namespace Toss.Net.Quic;

/// <summary>
/// Takes datagrams that leave by no socket: those of paths whose carrier is none. On the loop: it must not wait, and the bytes
/// are good during the call only. What it cannot take is lost, which the connection notices by itself.
/// </summary>
/// <param name="size">Of each datagram but the last, which may be shorter.</param>
public delegate void DatagramsLeave(in NetworkPath to, ReadOnlySpan<byte> datagrams, int size);
