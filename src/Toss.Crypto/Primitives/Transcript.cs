using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Toss.Crypto.Primitives;

/// <summary>
/// The one layout of everything that is hashed, MACed, signed or given to a KDF in more than one part:
/// label ‖ 0 ‖ (32-bit big-endian length ‖ part)*. No two different lists of parts give the same bytes.
/// </summary>
internal sealed class Transcript : IDisposable
{
    private byte[] _bytes = new byte[256];
    private int _length;

    public Transcript(string label)
    {
        var needed = Encoding.ASCII.GetByteCount(label) + 1;
        _length = Encoding.ASCII.GetBytes(label, Reserve(needed)) + 1;
    }

    public Transcript Add(ReadOnlySpan<byte> part)
    {
        var destination = Reserve(4 + part.Length);
        BinaryPrimitives.WriteInt32BigEndian(destination, part.Length);
        part.CopyTo(destination[4..]);
        _length += 4 + part.Length;
        return this;
    }

    public Transcript Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    public Transcript Add(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Add(bytes);
    }

    public Transcript Add(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Add(bytes);
    }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>SHA-256 of the whole; ends the transcript.</summary>
    public byte[] Hash()
    {
        var hash = SHA256.HashData(Bytes);
        Dispose();
        return hash;
    }

    /// <summary>Parts may be secret, so the buffer does not outlive its use.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private Span<byte> Reserve(int more)
    {
        if (_bytes.Length - _length < more)
        {
            var larger = new byte[Math.Max(_bytes.Length * 2, _length + more)];
            Bytes.CopyTo(larger);
            CryptographicOperations.ZeroMemory(_bytes);
            _bytes = larger;
        }
        return _bytes.AsSpan(_length, more);
    }
}
