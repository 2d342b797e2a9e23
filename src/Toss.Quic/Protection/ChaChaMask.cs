using System.Buffers.Binary;

namespace Toss.Quic.Protection;

/// <summary>RFC 9001 §5.4.4: the beginning of one block of ChaCha20 (RFC 8439 §2.3).</summary>
internal sealed class ChaChaMask : IHeaderMask
{
    private const int Rounds = 10;
    private readonly uint[] _key = new uint[8];

    public ChaChaMask(ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < _key.Length; i++)
        {
            _key[i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);
        }
    }

    public void Compute(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        Span<uint> x = stackalloc uint[16];
        // "expand 32-byte k"
        x[0] = 0x61707865;
        x[1] = 0x3320646e;
        x[2] = 0x79622d32;
        x[3] = 0x6b206574;
        _key.CopyTo(x[4..]);
        for (var i = 0; i < 4; i++)
        {
            x[12 + i] = BinaryPrimitives.ReadUInt32LittleEndian(sample[(4 * i)..]);
        }
        for (var round = 0; round < Rounds; round++)
        {
            QuarterRound(ref x[0], ref x[4], ref x[8], ref x[12]);
            QuarterRound(ref x[1], ref x[5], ref x[9], ref x[13]);
            QuarterRound(ref x[2], ref x[6], ref x[10], ref x[14]);
            QuarterRound(ref x[3], ref x[7], ref x[11], ref x[15]);
            QuarterRound(ref x[0], ref x[5], ref x[10], ref x[15]);
            QuarterRound(ref x[1], ref x[6], ref x[11], ref x[12]);
            QuarterRound(ref x[2], ref x[7], ref x[8], ref x[13]);
            QuarterRound(ref x[3], ref x[4], ref x[9], ref x[14]);
        }
        // Five bytes: only the first two words are needed.
        BinaryPrimitives.WriteUInt32LittleEndian(mask, x[0] + 0x61707865);
        mask[4] = (byte)(x[1] + 0x3320646e);
    }

    public void Dispose() => _key.AsSpan().Clear();

    private static void QuarterRound(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        a += b;
        d = uint.RotateLeft(d ^ a, 16);
        c += d;
        b = uint.RotateLeft(b ^ c, 12);
        a += b;
        d = uint.RotateLeft(d ^ a, 8);
        c += d;
        b = uint.RotateLeft(b ^ c, 7);
    }
}
