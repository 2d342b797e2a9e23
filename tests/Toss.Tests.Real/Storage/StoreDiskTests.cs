using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Storage.Blobs;
using Toss.Storage.Sqlite;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Storage;

/// <summary>A disk that says no.</summary>
public sealed class StoreDiskTests : IDisposable
{
    private readonly StoreSamples _samples = new(31);
    private readonly RecordCipher _cipher = new(new byte[RecordCipher.KeySize], SystemRandomSource.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cipher.Dispose();

    [Fact]
    public async Task A_full_disk_loses_nothing_and_the_store_works_again_when_there_is_space()
    {
        using var disk = new MountedDisk(4096);
        await using var store = await OpenAsync(disk);
        disk.Fill(leaveKibibytes: 300);
        var stored = new List<ClipId>();
        StoreException? failure = null;
        while (failure is null)
        {
            Assert.True(stored.Count < 1000, "The disk never became full.");
            try
            {
                stored.Add(await CommitAsync(store, stored.Count));
            }
            catch (StoreException full)
            {
                failure = full;
            }
        }
        Assert.Equal(StoreFailure.DiskFull, failure.Failure);
        Assert.NotEmpty(stored);
        Assert.Equal(stored.Count, (await store.NewestClipsAsync(10_000, Cancellation)).Count);
        var again = await Assert.ThrowsAsync<StoreException>(async () => await CommitAsync(store, 999));
        Assert.Equal(StoreFailure.DiskFull, again.Failure);

        disk.Free();
        stored.Add(await CommitAsync(store, stored.Count));
        await store.DisposeAsync();
        await using var reopened = await OpenAsync(disk);
        var listed = await reopened.NewestClipsAsync(10_000, Cancellation);
        Assert.Equal(stored.Order(), listed.Select(clip => clip.Clip.Id).Order());
    }

    [Fact]
    public async Task A_disk_without_space_for_a_new_store_is_full()
    {
        using var disk = new MountedDisk(64);
        disk.Fill(leaveKibibytes: 4);
        var failure = await Assert.ThrowsAsync<StoreException>(async () => await OpenAsync(disk));
        Assert.Equal(StoreFailure.DiskFull, failure.Failure);
        disk.Free();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_only_disk_is_named_as_such(bool exists)
    {
        using var disk = new MountedDisk(4096);
        if (exists)
        {
            await (await OpenAsync(disk)).DisposeAsync();
        }
        disk.MakeReadOnly();
        var failure = await Assert.ThrowsAsync<StoreException>(async () => await OpenAsync(disk));
        Assert.Equal(StoreFailure.ReadOnly, failure.Failure);
        failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await FileBlobStore.OpenAsync(disk.File("blobs"), Cancellation)
        );
        Assert.Equal(StoreFailure.ReadOnly, failure.Failure);

        disk.MakeWritable();
        await using var store = await OpenAsync(disk);
        await CommitAsync(store, 1);
    }

    /// <summary>
    /// A kernel that remounts a failing disk read-only under an open file answers SQLite's writes with EROFS, which
    /// SQLite reports as a plain I/O error. A test cannot remount so (a file open for writing keeps it from that), but
    /// it can ask what such an error is taken for.
    /// </summary>
    [Theory]
    [InlineData(SQLitePCL.raw.SQLITE_IOERR_WRITE)]
    [InlineData(SQLitePCL.raw.SQLITE_IOERR_FSYNC)]
    [InlineData(SQLitePCL.raw.SQLITE_CANTOPEN)]
    public void A_plain_error_of_an_open_store_is_named_by_what_the_disk_says(int code)
    {
        using var disk = new MountedDisk(256);
        var error = new Microsoft.Data.Sqlite.SqliteException("disk I/O error", code & 0xFF, code);
        var path = disk.File("toss.db");
        Assert.Equal(StoreFailure.Other, error.ToStoreException(path).Failure);
        disk.MakeReadOnly();
        Assert.Equal(StoreFailure.ReadOnly, error.ToStoreException(path).Failure);
        disk.MakeWritable();
        disk.Fill(leaveKibibytes: 0);
        Assert.Equal(StoreFailure.DiskFull, error.ToStoreException(path).Failure);
        Assert.False(File.Exists(path + "-probe"));
        disk.Free();
        Assert.Equal(StoreFailure.Other, error.ToStoreException(path).Failure);
        Assert.False(File.Exists(path + "-probe"));
    }

    [Fact]
    public async Task A_blob_that_does_not_fit_leaves_nothing_and_fits_later()
    {
        using var disk = new MountedDisk(1024);
        var store = await FileBlobStore.OpenAsync(disk.File("blobs"), Cancellation);
        var blob = _samples.BlobId();
        disk.Fill(leaveKibibytes: 300);
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            {
                for (var i = 0; i < 4; i++)
                {
                    await writer.AppendAsync(_samples.Bytes(Limits.SealedBlobChunk), Cancellation);
                }
                await writer.CommitAsync(blob, Cancellation);
            });
            Assert.Equal(StoreFailure.DiskFull, failure.Failure);
        }
        Assert.Equal(0, await store.CountChunksAsync(blob, Cancellation));

        disk.Free();
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            for (var i = 0; i < 4; i++)
            {
                await writer.AppendAsync(_samples.Bytes(Limits.SealedBlobChunk), Cancellation);
            }
            await writer.CommitAsync(blob, Cancellation);
        }
        Assert.Equal(4, await store.CountChunksAsync(blob, Cancellation));
    }

    /// <summary>Its space is taken at once: nothing is fetched for a disk that it does not fit on, and what is begun fits.</summary>
    [Fact]
    public async Task A_blob_that_comes_is_refused_before_its_first_chunk_if_it_does_not_fit()
    {
        using var disk = new MountedDisk(2048);
        var store = await FileBlobStore.OpenAsync(disk.File("blobs"), Cancellation);
        var blob = _samples.BlobId();
        const long Length = 4L * Limits.SealedBlobChunk;
        disk.Fill(leaveKibibytes: 300);
        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.OpenPartialAsync(blob, Length, Cancellation)
        );
        Assert.Equal(StoreFailure.DiskFull, failure.Failure);
        Assert.Equal(0, (await store.HeldAsync(blob, Cancellation)).Held);
        Assert.Empty(await store.ListAsync(Cancellation));

        disk.Free();
        await using (var part = await store.OpenPartialAsync(blob, Length, Cancellation))
        {
            // Whatever others write meanwhile.
            disk.Fill(leaveKibibytes: 0);
            for (var i = 0; i < 4; i++)
            {
                await part.WriteAsync(i, _samples.Bytes(Limits.SealedBlobChunk), Cancellation);
            }
            disk.Free();
            await part.CommitAsync(Cancellation);
        }
        Assert.Equal(4, await store.CountChunksAsync(blob, Cancellation));
    }

    private ValueTask<SqliteAgentStore> OpenAsync(MountedDisk disk) =>
        SqliteAgentStore.OpenAsync(disk.File("toss.db"), _cipher, cancellation: Cancellation);

    private async Task<ClipId> CommitAsync(SqliteAgentStore store, int number)
    {
        var clip = _samples.Clip(new string('x', 5000), number);
        await store.CommitAsync(StoreStep.RecordClip, [new InsertClip(clip)], Cancellation);
        return clip.Clip.Id;
    }
}
