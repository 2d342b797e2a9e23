using System.Runtime.Versioning;
using Toss.Core.Ports;
using Toss.Storage.Blobs;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Real.Storage;

[SupportedOSPlatform("linux")]
public sealed class FileBlobStoreTests : BlobStoreConformance, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StoreSamples _samples = new(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Blobs => _directory.File("blobs");

    protected override async ValueTask<IBlobStore> OpenAsync() => await FileBlobStore.OpenAsync(Blobs, default);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Blobs_outlive_the_store_and_unfinished_ones_do_not()
    {
        var blob = _samples.BlobId();
        var chunk = _samples.Bytes(1000);
        var store = await OpenAsync();
        var writer = await store.CreateAsync(Cancellation);
        await writer.AppendAsync(chunk, Cancellation);
        await writer.CommitAsync(blob, Cancellation);
        var unfinished = await store.CreateAsync(Cancellation);
        await unfinished.AppendAsync(_samples.Bytes(1000), Cancellation);
        Assert.Single(Directory.GetFiles(Path.Combine(Blobs, "staging")));

        store = await OpenAsync();
        Assert.Empty(Directory.GetFiles(Path.Combine(Blobs, "staging")));
        Assert.Equal(chunk, (await store.ReadChunkAsync(blob, 0, Cancellation))!.Value.ToArray());
        Assert.Equal([Path.Combine(Blobs, blob.ToString()[..2], blob.ToString())], AllFiles());
        await unfinished.DisposeAsync();
    }

    [Fact]
    public async Task What_others_put_beside_the_blobs_is_not_listed()
    {
        var store = await OpenAsync();
        var name = _samples.BlobId().ToString();
        var other = Directory.CreateDirectory(Path.Combine(Blobs, name[..2] == "00" ? "01" : "00")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, name), "in the wrong folder", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(other, "flush"), "no id", Cancellation);
        await File.WriteAllTextAsync(Path.Combine(Blobs, name), "in no folder", Cancellation);
        Assert.Empty(await store.ListAsync(Cancellation));
    }

    [Fact]
    public async Task A_writer_disposed_without_commit_leaves_no_file()
    {
        var store = await OpenAsync();
        await using (var writer = await store.CreateAsync(Cancellation))
        {
            await writer.AppendAsync(_samples.Bytes(1000), Cancellation);
            Assert.Single(AllFiles());
        }
        Assert.Empty(AllFiles());
    }

    [Fact]
    public async Task Only_the_owner_can_read()
    {
        var store = await OpenAsync();
        await using var writer = await store.CreateAsync(Cancellation);
        await writer.AppendAsync(_samples.Bytes(1000), Cancellation);
        await writer.CommitAsync(_samples.BlobId(), Cancellation);
        foreach (var directory in Directory.GetDirectories(Blobs).Append(Blobs))
        {
            Assert.Equal(Modes.OwnerDirectory, File.GetUnixFileMode(directory));
        }
        Assert.Equal(Modes.OwnerFile, File.GetUnixFileMode(AllFiles().Single()));
    }

    private string[] AllFiles() => Directory.GetFiles(Blobs, "*", SearchOption.AllDirectories);
}
