namespace Toss.Quic.Tls;

/// <summary>
/// Gathers one handshake message from pieces of any size, behind room for a record header, so that the engine gets whole
/// messages only. Memory grows with what came, not with what a header promises.
/// </summary>
internal sealed class HandshakeMessage
{
    /// <summary>Room in front of the message.</summary>
    public const int RecordHeader = 5;

    /// <summary>
    /// The largest message taken, header included: one TLS record. The largest honest ones are a hybrid ClientHello
    /// (1.4 kB) and certificates (below 1 kB for Ed25519).
    /// </summary>
    public const int MaxLength = 16_384;

    private const int Header = 4;
    private const int FirstRoom = 512;

    private byte[] _bytes = new byte[RecordHeader + FirstRoom];
    private int _length;

    /// <summary>The record: room for its header, then the message.</summary>
    public byte[] Record => _bytes;

    public int Length => _length;

    public bool IsEmpty => _length == 0;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(RecordHeader, _length);

    public bool IsWhole => _length >= Header && _length == Promised;

    public bool IsTooLong => _length >= Header && Promised > MaxLength;

    private int Promised =>
        Header + ((_bytes[RecordHeader + 1] << 16) | (_bytes[RecordHeader + 2] << 8) | _bytes[RecordHeader + 3]);

    /// <summary>Takes bytes up to the end of the message.</summary>
    /// <returns>How many were taken; the rest belongs to the next message.</returns>
    public int Add(ReadOnlySpan<byte> data)
    {
        var taken = 0;
        if (_length < Header)
        {
            taken = Math.Min(Header - _length, data.Length);
            Append(data[..taken]);
        }
        if (_length >= Header && !IsTooLong)
        {
            var rest = Math.Min(Promised - _length, data.Length - taken);
            Append(data.Slice(taken, rest));
            taken += rest;
        }
        return taken;
    }

    public void Clear() => _length = 0;

    private void Append(ReadOnlySpan<byte> data)
    {
        var needed = RecordHeader + _length + data.Length;
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        }
        data.CopyTo(_bytes.AsSpan(RecordHeader + _length));
        _length += data.Length;
    }
}
