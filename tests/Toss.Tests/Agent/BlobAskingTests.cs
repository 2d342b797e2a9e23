using Microsoft.Extensions.Time.Testing;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>Who gets a blob: any member that knows its id, and nobody else (docs/protocol/blobs.md).</summary>
public sealed class BlobAskingTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private LoneAgent _a = null!;
    private LoneAgent _b = null!;
    private BlobId _blob;

    public async ValueTask InitializeAsync()
    {
        _a = await LoneAgent.StartAsync(1, _time);
        _b = await LoneAgent.StartAsync(2, _time);
        // Nothing that is deflated: two chunks.
        var content = new MemoryStream(TestContent.Noise(200_000));
        await _a.Control.CopyAsync("application/octet-stream", content, false, default);
        var held = await _a.OnAsync(() => _a.Store.NewestClaimAsync(DateTimeOffset.MaxValue, default));
        _blob = held!.Clip.Blobs.Single().Id;
        await _b.JoinAsync(_a);
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task A_member_gets_what_it_can_name_also_of_a_clip_that_was_not_sent_to_it() =>
        Assert.Equal(2, await ChunksForAsync(_b.Id, _blob));

    [Fact]
    public async Task What_is_not_here_is_said_not_to_be() =>
        Assert.Equal(0, await ChunksForAsync(_b.Id, OtherThan(_blob)));

    /// <summary>As many as there are from the first on; none from beyond the end.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 32, 1)]
    [InlineData(0, 32, 2)]
    [InlineData(2, 1, 0)]
    public async Task A_range_is_what_there_is_of_it(int first, int count, int served) =>
        Assert.Equal(served, await ChunksForAsync(_b.Id, _blob, first, count));

    [Fact]
    public async Task Who_is_no_member_any_more_gets_nothing()
    {
        await _a.OnAsync(async () =>
        {
            await _a.Agent.Departure.RevokeAsync(_b.Id, [], default);
            return true;
        });

        Assert.Equal(0, await ChunksForAsync(_b.Id, _blob));
    }

    private async Task<int> ChunksForAsync(DeviceId peer, BlobId blob, int first = 0, int count = 2)
    {
        var answer = new HeardAnswer();
        await _a.AskAsync(() =>
        {
            _a.Network.Say(new BlobWanted(peer, new BlobRange(blob, first, count), 0, answer));
            return true;
        });
        return await answer.Chunks.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static BlobId OtherThan(BlobId blob)
    {
        var bytes = blob.ToBytes();
        bytes[0] ^= 1;
        _ = BlobId.TryFrom(bytes, out var other);
        return other;
    }

    private sealed class HeardAnswer : IBlobAnswer
    {
        public TaskCompletionSource<int> Chunks { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask SendAsync(
            int chunks,
            int? next,
            Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
            CancellationToken cancellation
        )
        {
            Chunks.TrySetResult(chunks);
            return ValueTask.CompletedTask;
        }

        public ValueTask CancelAsync(CancellationToken cancellation)
        {
            Chunks.TrySetResult(-2);
            return ValueTask.CompletedTask;
        }

        public void Refuse() => Chunks.TrySetResult(-1);
    }
}
