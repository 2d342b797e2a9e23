using System.Runtime.Intrinsics;

namespace Toss.Quic.Protection;

/// <summary>RFC 9001 §5.4.3 by <see cref="AesInstructions"/>.</summary>
internal sealed class AesInstructionsMask : IHeaderMask
{
    private readonly Vector128<byte>[] _roundKeys;

    public AesInstructionsMask(ReadOnlySpan<byte> key)
    {
        _roundKeys = new Vector128<byte>[(key.Length / 4) + 7];
        AesInstructions.Expand(key, _roundKeys);
    }

    public void Compute(ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        Span<byte> block = stackalloc byte[HeaderMask.SampleSize];
        AesInstructions.Encrypt(Vector128.Create(sample), _roundKeys).CopyTo(block);
        block[..HeaderMask.Size].CopyTo(mask);
    }

    public void Dispose() => _roundKeys.AsSpan().Clear();
}
