using System.Buffers.Binary;
using System.Security.Cryptography;
using Toss.Crypto;
using Toss.Relay;

namespace Toss.Testing.Relay;

/// <summary>SHA-256 in counter mode: the same bytes for the same seed, on every platform.</summary>
public sealed class SeededRandomness(int seed) : IRandomness, IRandomSource
{
    private readonly byte[] _input = new byte[12];
    private long _counter;

    public void Fill(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_input, seed);
        while (!destination.IsEmpty)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_input.AsSpan(4), _counter++);
            var block = SHA256.HashData(_input).AsSpan();
            var taken = Math.Min(block.Length, destination.Length);
            block[..taken].CopyTo(destination);
            destination = destination[taken..];
        }
    }
}
