namespace Toss.Crypto.Blobs;

/// <summary>Seals content once, chunk by chunk, under a fresh key. Call <see cref="Seal"/> for each 128 KiB, the last marked final.</summary>
public sealed class BlobSealer(IRandomSource random) : IDisposable
{
    /// <summary>The sealed chunk: ciphertext ‖ 16-byte tag. Every chunk but the final one is exactly <see cref="Wire.Limits.BlobChunk"/> long.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plaintext, bool final) => throw new NotImplementedException();

    /// <summary>After the final chunk: what opens this blob.</summary>
    public BlobReference Finish() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
