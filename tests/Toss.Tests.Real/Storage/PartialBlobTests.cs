using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Toss.Core.Ports;
using Toss.Storage.Blobs;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Storage;

/// <summary>
/// What a blob that comes in pieces leaves when its process is killed: the folder as it is at that instant, which is what the
/// next process finds (the kernel writes on). A power cut is not tried; docs/protocol/storage.md says why it costs no more.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PartialBlobTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StoreSamples _samples = new(7);
    private int _copies;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    /// <summary>Chunks in any order, several at once, killed at any instant and gone on with until it is whole.</summary>
    [Theory]
    [InlineData(1, 90)]
    [InlineData(2, 600)]
    [InlineData(3, 600)]
    [InlineData(4, 1)]
    public async Task What_was_durable_is_there_after_a_kill_and_nothing_else(int seed, int count)
    {
        var random = new Random(seed);
        var blob = _samples.BlobId();
        // One file's bytes for all chunks but the last, told apart by their first bytes.
        var body = _samples.Bytes(Limits.SealedBlobChunk);
        var length = (count - 1L) * Limits.SealedBlobChunk + 1000;
        var folder = _directory.File("blobs");
        for (var life = 1; ; life++)
        {
            Assert.True(life < 50, "It does not become whole.");
            var store = await FileBlobStore.OpenAsync(folder, Cancellation);
            await VerifyAsync(store, blob, count, body);
            var part = await store.OpenPartialAsync(blob, length, Cancellation);
            var held = part.Held;
            var left = Enumerable.Range(0, count).Where(index => !held.Contains(index)).ToList();
            random.Shuffle(CollectionsMarshal.AsSpan(left));
            var written = held.Held;
            var until = life % 4 == 0 ? left.Count : random.Next(left.Count + 1);
            foreach (var several in left.Take(until).Chunk(1 + random.Next(4)))
            {
                var writing = several.Select(index =>
                    part.WriteAsync(index, Of(index, count, body), Cancellation).AsTask()
                );
                await Task.WhenAll(writing);
                written += several.Length;
            }
            if (written == count)
            {
                await part.CommitAsync(Cancellation);
                await part.DisposeAsync();
                await VerifyAsync(await FileBlobStore.OpenAsync(folder, Cancellation), blob, count, body);
                Assert.Equal([$"{blob.ToString()[..2]}/{blob}"], FilesIn(folder));
                return;
            }
            // Killed: the next one finds what is on the disk now, and this one's files are nobody's any more.
            folder = Copy(folder, mapFirst: true);
            await part.DisposeAsync();
            var next = await FileBlobStore.OpenAsync(folder, Cancellation);
            var durable = (await next.HeldAsync(blob, Cancellation)).Held;
            Assert.InRange(durable, written - IPartialBlob.ChunksBetweenSyncs(count), written);
        }
    }

    /// <summary>Killed while chunks are being written and flushed: whatever the map says is there.</summary>
    [Fact]
    public async Task A_kill_in_the_middle_of_a_write_leaves_a_map_that_is_true()
    {
        const int Count = 600;
        var blob = _samples.BlobId();
        var body = _samples.Bytes(Limits.SealedBlobChunk);
        var store = await FileBlobStore.OpenAsync(_directory.File("blobs"), Cancellation);
        await using var part = await store.OpenPartialAsync(blob, (long)Count * Limits.SealedBlobChunk, Cancellation);
        var writing = Parallel.ForAsync(
            0,
            Count,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (index, stop) => await part.WriteAsync(index, Of(index, Count + 1, body), stop)
        );
        var seen = 0;
        for (var copies = 0; copies < 8; copies++)
        {
            var copy = await FileBlobStore.OpenAsync(Copy(_directory.File("blobs"), mapFirst: true), Cancellation);
            seen = Math.Max(seen, await VerifyAsync(copy, blob, Count + 1, body));
        }
        await writing;
        Assert.Equal(Count, part.Held.Held);
        Assert.True(seen > 0, "Every copy was made before anything was durable.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_without_its_map_or_a_map_without_its_part_is_erased_at_the_start(bool losesMap)
    {
        var folder = _directory.File("blobs");
        var blob = _samples.BlobId();
        var store = await FileBlobStore.OpenAsync(folder, Cancellation);
        await using (var part = await store.OpenPartialAsync(blob, 1000, Cancellation)) { }
        Assert.Equal(2, FilesIn(folder).Count);
        File.Delete(Path.Combine(folder, "partial", losesMap ? $"{blob}.map" : $"{blob}"));

        store = await FileBlobStore.OpenAsync(folder, Cancellation);

        Assert.Empty(FilesIn(folder));
        Assert.Empty(await store.ListAsync(Cancellation));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80, 1 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x7F, 1 })]
    [InlineData(new byte[] { 232, 3, 0, 0, 0, 0, 0, 0, 1, 1 })]
    public async Task A_map_that_is_none_is_begun_anew(byte[] map)
    {
        var folder = _directory.File("blobs");
        var blob = _samples.BlobId();
        var store = await FileBlobStore.OpenAsync(folder, Cancellation);
        await using (var part = await store.OpenPartialAsync(blob, 1000, Cancellation))
        {
            await part.WriteAsync(0, new byte[1000], Cancellation);
        }
        await File.WriteAllBytesAsync(Path.Combine(folder, "partial", $"{blob}.map"), map, Cancellation);

        store = await FileBlobStore.OpenAsync(folder, Cancellation);
        Assert.Equal(0, (await store.HeldAsync(blob, Cancellation)).Held);
        await using var again = await store.OpenPartialAsync(blob, 1000, Cancellation);
        Assert.Equal(0, again.Held.Held);
    }

    /// <summary>Every chunk that is said to be here is; how many are.</summary>
    private static async Task<int> VerifyAsync(FileBlobStore store, BlobId blob, int count, byte[] body)
    {
        var held = await store.HeldAsync(blob, Cancellation);
        var buffer = new byte[Limits.SealedBlobChunk];
        for (var index = 0; index < held.Chunks; index++)
        {
            var length = await store.ReadChunksAsync(blob, index, buffer, Cancellation);
            Assert.Equal(held.Contains(index), length > 0);
            if (length > 0)
            {
                Assert.True(
                    buffer.AsSpan(0, length).SequenceEqual(Of(index, count, body).Span),
                    $"chunk {index} is not what was written"
                );
            }
        }
        return held.Held;
    }

    private static ReadOnlyMemory<byte> Of(int index, int count, byte[] body)
    {
        var chunk = body.AsSpan(0, index == count - 1 ? 1000 : body.Length).ToArray();
        BitConverter.TryWriteBytes(chunk, index + 1);
        return chunk;
    }

    /// <summary>In the order in which a crash may see them: a map is never older than what it speaks of.</summary>
    private string Copy(string folder, bool mapFirst = false)
    {
        var copy = _directory.File($"copy{++_copies}");
        foreach (
            var file in FilesIn(folder).OrderBy(file => mapFirst && !file.EndsWith(".map", StringComparison.Ordinal))
        )
        {
            var target = Path.Combine(copy, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(folder, file), target);
        }
        return copy;
    }

    private static List<string> FilesIn(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder, file))
                .Order(StringComparer.Ordinal),
        ];
}
