using Toss.Quic.Wire;

namespace Toss.Quic.Diagnostics;

/// <summary>A packet as <see cref="Qlog"/> wants to know it.</summary>
/// <param name="Length">All of it, header and tag included.</param>
/// <param name="DelayExponent">Of who sent it.</param>
/// <param name="KeyGeneration">Of 1-RTT: how many key updates came before its keys.</param>
internal readonly record struct LoggedPacket(
    PacketType Type,
    long Number,
    int Length,
    int DelayExponent,
    long KeyGeneration = 0,
    bool IsMtuProbe = false
);
