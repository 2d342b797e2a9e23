using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Agent.Backups;
using Toss.Control;
using Toss.Core.Backups;
using Toss.Core.Clips;
using Toss.Crypto;
using Toss.Crypto.Backups;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent.Backups;

/// <summary>Two agents that know nothing of one another, and a backup that goes from the first to the second.</summary>
public abstract class BackupBench : IAsyncLifetime
{
    protected static readonly byte[] Passphrase = Encoding.UTF8.GetBytes("five words für nobody else");

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));

    private protected LoneAgent A { get; private set; } = null!;

    private protected LoneAgent B { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        A = await LoneAgent.StartAsync(1, Time);
        B = await LoneAgent.StartAsync(2, Time);
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static async Task<string> CopyAsync(LoneAgent agent, string text) =>
        (
            await agent.Control.CopyAsync(
                MediaTypes.Text,
                new MemoryStream(Encoding.UTF8.GetBytes(text)),
                false,
                default
            )
        ).Clip!;

    private protected static async Task<string> CopyLargeAsync(LoneAgent agent, int size, ulong seed = 1) =>
        (
            await agent.Control.CopyAsync(
                MediaTypes.Png,
                new MemoryStream(TestContent.Noise(size, seed)),
                false,
                default
            )
        ).Clip!;

    private protected static async Task<byte[]> ReadAsync(LoneAgent agent, string clip)
    {
        var content = await agent.Control.ReadClipAsync(clip, 0, 0, default);
        await using var stream = content.Content;
        return await AllOfAsync(stream);
    }

    private protected static async Task<byte[]> ExportAsync(LoneAgent agent)
    {
        await using var stream = await agent.Control.ExportAsync(Passphrase, default);
        return await AllOfAsync(stream);
    }

    private protected static Task<ImportReport> ImportAsync(LoneAgent agent, byte[] backup, bool settings = false) =>
        agent.Control.ImportAsync(Passphrase, new MemoryStream(backup), settings, default);

    private protected static async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(LoneAgent agent) =>
        (await agent.Control.GetHistoryAsync(new HistoryRequest(null, 500), default)).Entries;

    private protected static async Task<string[]> PreviewsAsync(LoneAgent agent) =>
        [.. (await HistoryAsync(agent)).Select(entry => entry.Preview)];

    private protected static async Task<ControlException> FailureAsync(Func<Task> call) =>
        await Assert.ThrowsAsync<ControlException>(call);

    private protected static ClipId Id(string text) => ClipId.TryParse(text, out var id) ? id : default;

    private protected static Task<StoredClip> StoredAsync(LoneAgent agent, string clip) =>
        agent.OnAsync(async () => (await agent.Store.FindClipAsync(Id(clip), default))!);

    private protected static async Task<BlobId> BlobOfAsync(LoneAgent agent, string clip) =>
        (await StoredAsync(agent, clip)).Clip.Blobs.Single().Id;

    /// <summary>One that somebody put together, under the same passphrase.</summary>
    private protected static async Task<byte[]> MadeAsync(params BackupRecord[] records)
    {
        var sealer = new BackupSealer(Passphrase, new byte[BackupHeader.SaltSize], new PassphraseCost(8, 1, 1));
        var frames = new Queue<byte[]>(records.Select(BackupFrames.Write));
        await using var stream = new BackupStream(
            sealer,
            _ => Task.FromResult(frames.TryDequeue(out var frame) ? frame : (ReadOnlyMemory<byte>?)null),
            () => Task.CompletedTask
        );
        return await AllOfAsync(stream);
    }

    private protected static async Task<byte[]> AllOfAsync(Stream stream)
    {
        var read = new MemoryStream();
        await stream.CopyToAsync(read);
        return read.ToArray();
    }
}
