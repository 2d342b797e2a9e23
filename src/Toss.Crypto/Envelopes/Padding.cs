using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>
/// 32-bit big-endian length ‖ message ‖ zeros, of a length that tells little: 1 KiB at least, so that a password looks
/// like a sentence, and then Padmé (Nikitin et al., PETS 2019 §4), which costs at most 12 % and leaks O(log log n) bits.
/// </summary>
internal static class Padding
{
    public const int Minimum = 1024;

    private const int LengthSize = 4;

    public static int PaddedSize(int messageLength)
    {
        var length = messageLength + LengthSize;
        if (length <= Minimum)
        {
            return Minimum;
        }
        var exponent = BitOperations.Log2((uint)length);
        var kept = BitOperations.Log2((uint)exponent) + 1;
        var mask = (1 << (exponent - kept)) - 1;
        return (length + mask) & ~mask;
    }

    public static byte[] Pad(EnvelopePlaintext plaintext, int messageLength)
    {
        var padded = new byte[PaddedSize(messageLength)];
        BinaryPrimitives.WriteInt32BigEndian(padded, messageLength);
        plaintext.WriteTo(padded.AsSpan(LengthSize, messageLength));
        return padded;
    }

    /// <summary>False unless the length fits, everything behind it is zero, and the size is what padding gives.</summary>
    public static bool TryUnpad(ReadOnlySpan<byte> padded, out EnvelopePlaintext plaintext)
    {
        plaintext = null!;
        if (padded.Length < LengthSize)
        {
            return false;
        }
        var length = BinaryPrimitives.ReadInt32BigEndian(padded);
        return length >= 0
            && length <= padded.Length - LengthSize
            && PaddedSize(length) == padded.Length
            && !padded[(LengthSize + length)..].ContainsAnyExcept((byte)0)
            && WireReader.TryRead(padded.Slice(LengthSize, length), Limits.Envelope, out plaintext);
    }
}
