namespace Toss.Quic;

/// <summary>Bytes to be sent: one or more datagrams of one size, the last perhaps shorter, to one place.</summary>
/// <param name="Length">Of all together.</param>
/// <param name="SegmentSize">Of each.</param>
public readonly record struct Transmission(NetworkPath Path, int Length, int SegmentSize, EcnMark Ecn);
