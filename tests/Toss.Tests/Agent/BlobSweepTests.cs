using Toss.Control;
using Toss.Core.Ports;
using Toss.Storage.Blobs;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>Files of blobs go when nothing holds them any more, and never before.</summary>
public sealed class BlobSweepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Blobs => Path.Combine(_folder["agent"], "blobs");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_start_deletes_blobs_without_a_clip_and_keeps_the_others()
    {
        await using var agent = await TestAgent.StartAsync(_folder["agent"], "Anna");
        await CopyAsync(agent, 1);
        await agent.StopAsync();
        var held = Assert.Single(List());
        var orphan = await PlantAsync();
        Assert.Equal(2, List().Count);

        await agent.StartAsync();
        await agent.StopAsync();

        Assert.NotEqual(orphan, held);
        Assert.Equal([held], List());
    }

    [Fact]
    public async Task What_retention_erases_takes_its_blob_along_and_leaves_the_others()
    {
        await using var agent = await TestAgent.StartAsync(_folder["agent"], "Anna");
        await CopyAsync(agent, 1);
        var old = Assert.Single(List());
        await CopyAsync(agent, 2);
        await agent.Control.SetConfigAsync("history-clips", "1", default);
        await agent.StopAsync();

        // The first round of housekeeping sweeps.
        await agent.StartAsync();
        await TestPairing.Until(() => Task.FromResult(!List().Contains(old)), "the erased clip's blob to go");

        Assert.Single(List());
        Assert.Single(await agent.Control.GetHistoryAsync(null, 10, default));
    }

    private static async Task CopyAsync(TestAgent agent, ulong seed)
    {
        var bytes = TestContent.Noise(200_000, seed);
        await agent.Control.CopyAsync("application/octet-stream", new MemoryStream(bytes), false, default);
    }

    private List<BlobId> List() =>
        [
            .. Directory
                .EnumerateFiles(Blobs, "*", SearchOption.AllDirectories)
                .Select(Path.GetFileName)
                .Where(name => name!.Length == 2 * BlobId.Size)
                .Select(name => BlobId.TryParse(name, out var blob) ? blob : default),
        ];

    private async Task<BlobId> PlantAsync()
    {
        IBlobStore store = await FileBlobStore.OpenAsync(Blobs, default);
        var samples = new StoreSamples(3);
        var blob = samples.BlobId();
        await using var writer = await store.CreateAsync(default);
        await writer.AppendAsync(samples.Bytes(100), default);
        await writer.CommitAsync(blob, default);
        return blob;
    }
}
