using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Toss.Wire.Circuits;

/// <summary>
/// What one side of a circuit knows from its relay, told over the connection of that side and never by UDP, where an id is
/// seen by whoever is on the way. Equal by its bytes; its text has none of them.
/// </summary>
public readonly record struct CircuitSecret
{
    public const int Size = 16;

    /// <summary>As long as a cookie: who guesses has one try for each packet.</summary>
    public const int ProofSize = 16;

    private readonly UInt128 _bytes;

    private CircuitSecret(UInt128 bytes) => _bytes = bytes;

    /// <summary>False for another size than <see cref="Size"/>.</summary>
    public static bool TryFrom(ReadOnlySpan<byte> bytes, out CircuitSecret secret)
    {
        secret = bytes.Length == Size ? new CircuitSecret(BinaryPrimitives.ReadUInt128BigEndian(bytes)) : default;
        return bytes.Length == Size;
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _bytes);
        return bytes;
    }

    /// <summary>That a side wants its circuit where this cookie was sent: HMAC-SHA-256 (RFC 2104) of it, the first 16 bytes.</summary>
    public byte[] Prove(ReadOnlySpan<byte> cookie) => HMACSHA256.HashData(ToBytes(), cookie)[..ProofSize];
}
