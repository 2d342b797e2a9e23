using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Blobs;
using Toss.Testing;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class BlobTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Limits.BlobChunk - 1)]
    [InlineData(Limits.BlobChunk)]
    [InlineData(Limits.BlobChunk + 1)]
    [InlineData((3 * Limits.BlobChunk) + 17)]
    public void A_blob_opens_chunk_by_chunk_in_any_order(int length)
    {
        var content = Content(length);
        var (reference, chunks) = Seal(content, 1);
        Assert.Equal(length, reference.Length);
        Assert.Equal(chunks.Count, reference.Chunks);
        Assert.True(BlobReference.TryFromWire(reference.ToWire(), length, out var received));
        var opened = new byte[length];
        foreach (var index in Enumerable.Range(0, chunks.Count).Reverse())
        {
            Assert.True(BlobOpener.Verify(received, index, chunks[index]));
            Assert.True(TestBlobs.TryOpen(received, index, chunks[index], out var plaintext));
            plaintext.CopyTo(opened, index * Limits.BlobChunk);
        }
        Assert.Equal(content, opened);
    }

    [Fact]
    public void Chunks_cannot_be_swapped_altered_cut_or_taken_from_another_blob()
    {
        var content = Content(2 * Limits.BlobChunk);
        var (reference, chunks) = Seal(content, 1);
        var (_, others) = Seal(content, 2);
        Assert.False(TestBlobs.TryOpen(reference, 0, chunks[1], out _));
        Assert.False(TestBlobs.TryOpen(reference, 1, chunks[0], out _));
        Assert.False(TestBlobs.TryOpen(reference, 0, others[0], out _));
        Assert.False(TestBlobs.TryOpen(reference, -1, chunks[0], out _));
        Assert.False(TestBlobs.TryOpen(reference, 2, chunks[1], out _));
        Assert.False(TestBlobs.TryOpen(reference, 0, chunks[0].AsSpan(1), out _));
        Assert.False(TestBlobs.TryOpen(reference, 0, [], out _));
        foreach (var bit in new[] { 0, 77, (chunks[0].Length * 8) - 1 })
        {
            chunks[0][bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(BlobOpener.Verify(reference, 0, chunks[0]));
            chunks[0][bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.True(TestBlobs.TryOpen(reference, 0, chunks[0], out _));
    }

    [Fact]
    public void A_chunk_with_the_right_hash_still_needs_its_place_in_the_nonce()
    {
        // A reference whose list names chunk 0 at place 1: the hash fits, the nonce does not.
        var (reference, chunks) = Seal(Content(3 * Limits.BlobChunk), 1);
        var hashes = reference.ChunkHashes.ToArray();
        hashes.AsSpan(0, 32).CopyTo(hashes.AsSpan(32));
        var forged = reference with { ChunkHashes = hashes };
        Assert.True(BlobOpener.Verify(forged, 1, chunks[0]));
        Assert.False(TestBlobs.TryOpen(forged, 1, chunks[0], out _));
        // Cut after chunk 1: it was not sealed as the final one.
        var cut = reference with
        {
            ChunkHashes = reference.ChunkHashes[..64],
            Length = 2 * Limits.BlobChunk,
        };
        Assert.True(BlobOpener.Verify(cut, 1, chunks[1]));
        Assert.False(TestBlobs.TryOpen(cut, 1, chunks[1], out _));
    }

    [Fact]
    public void A_reference_from_outside_must_hold_together()
    {
        var (reference, _) = Seal(Content(Limits.BlobChunk + 1), 1);
        Assert.False(BlobReference.TryFromWire(new Blob(), long.MaxValue, out _));
        Assert.False(BlobReference.TryFromWire(reference.ToWire(), reference.Length - 1, out _));
        Refused(blob => blob.Length--);
        Refused(blob => blob.Length = -1);
        Refused(blob => blob.Length = long.MaxValue);
        Refused(blob => blob.Key = Flip(blob.Key));
        Refused(blob => blob.Key = ByteString.CopyFrom(blob.Key.Span[1..]));
        Refused(blob => blob.Id = Flip(blob.Id));
        Refused(blob => blob.Id = ByteString.Empty);
        Refused(blob => blob.ChunkHashes = Flip(blob.ChunkHashes));
        Refused(blob => blob.ChunkHashes = ByteString.CopyFrom(blob.ChunkHashes.Span[..32]));
        Refused(blob => blob.ChunkHashes = ByteString.Empty);

        void Refused(Action<Blob> alter)
        {
            var blob = reference.ToWire();
            alter(blob);
            Assert.False(BlobReference.TryFromWire(blob, long.MaxValue, out _));
        }
    }

    [Fact]
    public void Sealing_out_of_turn_is_a_mistake_of_the_caller()
    {
        using var sealer = new BlobSealer(new SeededRandomSource(1));
        Assert.Throws<InvalidOperationException>(() => sealer.Finish());
        Assert.Throws<ArgumentException>(() => sealer.Seal(new byte[5], false));
        Assert.Throws<ArgumentException>(() => sealer.Seal(new byte[Limits.BlobChunk + 1], true));
        sealer.Seal(new byte[Limits.BlobChunk], false);
        Assert.Throws<ArgumentException>(() => sealer.Seal([], true));
        sealer.Seal([1], true);
        Assert.Throws<InvalidOperationException>(() => sealer.Seal([1], true));
        var reference = sealer.Finish();
        Assert.DoesNotContain(
            Convert.ToHexStringLower(reference.Key.Span),
            reference.ToString(),
            StringComparison.Ordinal
        );
        sealer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sealer.Finish());
        Assert.Contains(reference.Key.ToArray(), value => value != 0);
    }

    [Fact]
    public void The_id_is_the_hash_of_length_commitment_and_chunk_hashes()
    {
        var (reference, chunks) = Seal(Content(5), 1);
        byte[] commitment = SHA256.HashData([.. "toss/blob-key-commitment/v1\0"u8, 0, 0, 0, 32, .. reference.Key.Span]);
        byte[] expected = SHA256.HashData([
            .. "toss/blob-id/v1\0"u8,
            .. new byte[] { 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 32 },
            .. commitment,
            .. new byte[] { 0, 0, 0, 32 },
            .. SHA256.HashData(chunks[0]),
        ]);
        Assert.Equal(expected, reference.Id.ToBytes());
    }

    private static (BlobReference Reference, List<byte[]> Chunks) Seal(byte[] content, ulong seed)
    {
        using var sealer = new BlobSealer(new SeededRandomSource(seed));
        var chunks = new List<byte[]>();
        for (var offset = 0; offset == 0 || offset < content.Length; offset += Limits.BlobChunk)
        {
            var rest = content.AsSpan(offset);
            var final = rest.Length <= Limits.BlobChunk;
            chunks.Add(sealer.Seal(final ? rest : rest[..Limits.BlobChunk], final));
        }
        return (sealer.Finish(), chunks);
    }

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new SeededRandomSource(99).Fill(content);
        return content;
    }

    private static ByteString Flip(ByteString bytes)
    {
        var copy = bytes.ToByteArray();
        copy[^1] ^= 1;
        return ByteString.CopyFrom(copy);
    }
}
