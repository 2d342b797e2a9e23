using Toss.Quic;

namespace Toss.Testing.Simulation;

/// <summary>Random bytes of one endpoint, from its seed.</summary>
internal sealed class SimQuicRandom(ulong seed) : IQuicRandom
{
    private readonly SeededRandomSource _source = new(seed);

    public void Fill(Span<byte> bytes) => _source.Fill(bytes);
}
