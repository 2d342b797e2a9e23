using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Arm = System.Runtime.Intrinsics.Arm;
using X86 = System.Runtime.Intrinsics.X86;

namespace Toss.Quic.Protection;

/// <summary>One block of AES by the processor's instructions (FIPS 197).</summary>
internal static class AesInstructions
{
    public static bool IsSupported => X86.Aes.IsSupported || Arm.Aes.IsSupported;

    /// <summary>Round keys of a key of 16 or 32 bytes: 11 or 15 of them.</summary>
    public static void Expand(ReadOnlySpan<byte> key, Span<Vector128<byte>> roundKeys)
    {
        var words = key.Length / 4;
        Span<uint> w = stackalloc uint[4 * roundKeys.Length];
        for (var i = 0; i < words; i++)
        {
            w[i] = BitConverter.ToUInt32(key[(4 * i)..]);
        }
        var constant = 1u;
        for (var i = words; i < w.Length; i++)
        {
            var previous = w[i - 1];
            if (i % words == 0)
            {
                // Bytes stand in memory's order, so that RotWord turns right.
                previous = SubWord(uint.RotateRight(previous, 8)) ^ constant;
                constant = (constant << 1) ^ ((constant >> 7) * 0x11b);
            }
            else if (words == 8 && i % 8 == 4)
            {
                previous = SubWord(previous);
            }
            w[i] = w[i - words] ^ previous;
        }
        for (var i = 0; i < roundKeys.Length; i++)
        {
            roundKeys[i] = Vector128.Create(w[4 * i], w[(4 * i) + 1], w[(4 * i) + 2], w[(4 * i) + 3]).AsByte();
        }
        w.Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Encrypt(Vector128<byte> block, ReadOnlySpan<Vector128<byte>> roundKeys)
    {
        var last = roundKeys.Length - 1;
        if (X86.Aes.IsSupported)
        {
            block ^= roundKeys[0];
            for (var i = 1; i < last; i++)
            {
                block = X86.Aes.Encrypt(block, roundKeys[i]);
            }
            return X86.Aes.EncryptLast(block, roundKeys[last]);
        }
        // Arm adds the round key first, and mixes the columns apart.
        for (var i = 0; i < last - 1; i++)
        {
            block = Arm.Aes.MixColumns(Arm.Aes.Encrypt(block, roundKeys[i]));
        }
        return Arm.Aes.Encrypt(block, roundKeys[last - 1]) ^ roundKeys[last];
    }

    /// <summary>The S-box on four bytes, without a table: with equal columns, the shifting of rows changes nothing.</summary>
    private static uint SubWord(uint word)
    {
        var block = Vector128.Create(word).AsByte();
        block = X86.Aes.IsSupported
            ? X86.Aes.EncryptLast(block, Vector128<byte>.Zero)
            : Arm.Aes.Encrypt(block, Vector128<byte>.Zero);
        return block.AsUInt32()[0];
    }
}
