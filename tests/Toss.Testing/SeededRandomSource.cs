using System.Buffers.Binary;
using System.Security.Cryptography;
using Toss.Crypto;

namespace Toss.Testing;

/// <summary>
/// Deterministic randomness: block i = SHA-256(seed ‖ i), both 64 bits big-endian. Two sources of one seed give the same
/// bytes however the requests are cut, so a failure replays by its seed. Not thread-safe, and no secret is safe in it.
/// </summary>
public sealed class SeededRandomSource(ulong seed) : IRandomSource
{
    private readonly byte[] _block = new byte[SHA256.HashSizeInBytes];
    private int _used = SHA256.HashSizeInBytes;
    private ulong _counter;

    public void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_used == _block.Length)
            {
                NextBlock();
            }
            var take = Math.Min(destination.Length, _block.Length - _used);
            _block.AsSpan(_used, take).CopyTo(destination);
            _used += take;
            destination = destination[take..];
        }
    }

    private void NextBlock()
    {
        Span<byte> input = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(input, seed);
        BinaryPrimitives.WriteUInt64BigEndian(input[8..], _counter++);
        SHA256.HashData(input, _block);
        _used = 0;
    }
}
