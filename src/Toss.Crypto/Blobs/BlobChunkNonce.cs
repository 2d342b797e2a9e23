using System.Buffers.Binary;

namespace Toss.Crypto.Blobs;

/// <summary>Nonce of a chunk: seven zero bytes, the index (32 bits, big-endian), 1 for the final chunk or 0.</summary>
internal static class BlobChunkNonce
{
    public static void Write(int index, bool final, Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt32BigEndian(nonce[7..], index);
        nonce[11] = final ? (byte)1 : (byte)0;
    }
}
