using Microsoft.Extensions.Time.Testing;
using Toss.Agent.Pasting;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Testing.Agents;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>Large content that a program copies, on its way to become a clip.</summary>
public sealed class ContentSpoolTests : IAsyncLifetime
{
    private const int Large = 2_000_000;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private LoneAgent _a = null!;

    private IContentSpool Spool => _a.Agent.Spool;

    public async ValueTask InitializeAsync() => _a = await LoneAgent.StartAsync(1, _time);

    public ValueTask DisposeAsync() => _a.DisposeAsync();

    [Fact]
    public async Task It_is_as_old_as_its_copy_and_not_as_its_sealing()
    {
        var promise = (SealedContent)(await SealAsync())!;
        await _a.AskAsync(() => _a.Agent.Device.Stamps.Next(_a.Agent.Device.CircleNow));
        _a.Clipboard.Copy(new Snapshot([new("image/png", promise)], false, null, []));
        await Eventually.HoldsAsync(
            "the clip",
            async () => (await NewestAsync())?.Representations[0].Blob?.Id == promise.Blob.Id
        );
        Assert.Equal(promise.Begun, (await NewestAsync())!.Stamp);
    }

    [Fact]
    public async Task Nothing_is_kept_while_sharing_is_paused()
    {
        await _a.Control.PauseAsync(null, default);
        Assert.Null(await SealAsync());
        await _a.Control.ResumeAsync(default);
        Assert.NotNull(await SealAsync());
    }

    [Fact]
    public async Task Nothing_is_kept_of_a_program_whose_copies_stay_here()
    {
        await _a.Control.SetConfigAsync("exclude-apps", "painter", default);
        Assert.Null(await SealAsync("painter"));
        Assert.NotNull(await SealAsync("writer"));
    }

    [Fact]
    public async Task More_than_the_user_allows_is_not_kept()
    {
        await _a.Control.SetConfigAsync("max-size", "1", default);
        Assert.Null(await SealAsync());
        Assert.Empty(_a.Blobs.Ids);
        Assert.Equal(0, _a.Blobs.Staged);
    }

    [Fact]
    public async Task A_full_disk_is_told_until_one_is_kept()
    {
        _a.Blobs.Full = true;
        Assert.Null(await SealAsync());
        Assert.Equal(
            "The last copy was not shared: The disk is full.",
            Assert.Single((await _a.Control.GetStatusAsync(default)).Warnings)
        );
        _a.Blobs.Full = false;
        Assert.NotNull(await SealAsync());
        Assert.Empty((await _a.Control.GetStatusAsync(default)).Warnings);
    }

    [Fact]
    public async Task Nothing_stays_of_what_its_program_did_not_give_to_the_end()
    {
        await using var broken = new BrokenSource();
        await Assert.ThrowsAsync<IOException>(() => Spool.SealAsync(broken, "painter"));
        Assert.Empty(_a.Blobs.Ids);
        Assert.Equal(0, _a.Blobs.Staged);
    }

    [Fact]
    public async Task What_is_nobodys_is_erased()
    {
        var promise = await SealAsync();
        Assert.Equal([promise!.Blob.Id], _a.Blobs.Ids);
        Spool.LetGo(promise);
        await Eventually.HoldsAsync("it to be gone", () => Task.FromResult(!_a.Blobs.Ids.Any()));
    }

    private async Task<IPromise?> SealAsync(string? program = null)
    {
        await using var source = new MemoryStream(TestContent.Noise(Large));
        return await Spool.SealAsync(source, program);
    }

    private async Task<Clip?> NewestAsync() =>
        (await _a.OnAsync(() => _a.Store.NewestClaimAsync(DateTimeOffset.MaxValue, default)))?.Clip;

    /// <summary>A program that ends in the middle.</summary>
    private sealed class BrokenSource : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _reads++ < 2 ? new ValueTask<int>(buffer.Length) : throw new IOException("It is gone.");
    }
}
