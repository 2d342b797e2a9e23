using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Toss.Quic;

/// <summary>A connection ID of QUIC version 1: 0 to 20 bytes, held in place (RFC 9000 §5.1, §17.2).</summary>
public readonly struct ConnectionId : IEquatable<ConnectionId>
{
    public const int MaximumLength = 20;

    private readonly Bytes _bytes;
    private readonly byte _length;

    /// <summary>Throws if there are more than <see cref="MaximumLength"/> bytes.</summary>
    public ConnectionId(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaximumLength, nameof(bytes));
        bytes.CopyTo(_bytes);
        _length = (byte)bytes.Length;
    }

    [InlineArray(MaximumLength)]
    private struct Bytes
    {
        private byte _first;
    }

    public int Length => _length;

    public bool IsEmpty => _length == 0;

    [UnscopedRef]
    public ReadOnlySpan<byte> Span => ((ReadOnlySpan<byte>)_bytes)[.._length];

    public static bool operator ==(in ConnectionId a, in ConnectionId b) => a.Equals(b);

    public static bool operator !=(in ConnectionId a, in ConnectionId b) => !a.Equals(b);

    public bool Equals(ConnectionId other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is ConnectionId other && Equals(other);

    /// <summary>Seeded per process: a peer that chooses its connection IDs cannot choose collisions.</summary>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>Only its beginning: full connection IDs link a log to a trace of the network.</summary>
    public override string ToString() =>
        _length <= 2 ? Convert.ToHexString(Span) : $"{Convert.ToHexString(Span[..2])}…({_length})";
}
