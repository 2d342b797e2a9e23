namespace Toss.Quic;

/// <summary>
/// Where every random byte of this library comes from: a cryptographic source in production, a seeded one in simulations,
/// where two runs with one seed then exchange equal bytes.
/// </summary>
public interface IQuicRandom
{
    void Fill(Span<byte> bytes);
}
