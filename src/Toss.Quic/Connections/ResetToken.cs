using System.Buffers.Binary;

namespace Toss.Quic.Connections;

/// <summary>A stateless reset token (RFC 9000 §10.3): 16 bytes, a secret of the peer that issued it until it is used.</summary>
internal readonly record struct ResetToken(UInt128 Value)
{
    public const int Size = 16;

    public static ResetToken Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);

    /// <summary>No secrets in text.</summary>
    public override string ToString() => nameof(ResetToken);
}
