using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;

namespace Toss.Quic.Protection;

/// <summary>RFC 9001 §5.4.3 by BouncyCastle, for processors without AES instructions.</summary>
internal sealed class AesEngineMask : IHeaderMask
{
    private readonly IBlockCipher _engine = new AesEngine();

    public AesEngineMask(ReadOnlySpan<byte> key) => _engine.Init(true, new KeyParameter(key));

    public void Compute(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        Span<byte> block = stackalloc byte[HeaderMask.SampleSize];
        _engine.ProcessBlock(sample, block);
        block[..HeaderMask.Size].CopyTo(mask);
    }

    /// <summary>The round keys are overwritten by those of a key of zeros.</summary>
    public void Dispose() => _engine.Init(true, new KeyParameter(new byte[32]));
}
