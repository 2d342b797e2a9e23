using System.IO.Compression;
using Toss.Agent;
using Toss.Agent.Pasting;
using Toss.Core.Ports;
using Toss.Testing.Agents;
using Toss.Testing.Simulation;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Agent.Pasting;

/// <summary>Programs stop pasting whenever they like, on a thread of their own: also while a read of theirs is under way.</summary>
public sealed class PromisedStreamTests
{
    private readonly Inline _agent = new();
    private readonly TaskCompletionSource _mayGoOn = new();

    [Fact]
    public async Task Buffers_stay_until_the_store_has_written_into_them()
    {
        var memory = new MemoryBlobStore();
        var (blob, chunks) = TestBlobs.Of(TestContent.Noise(20_000));
        await using (var writer = await memory.CreateAsync(default))
        {
            await writer.AppendAsync(chunks.Single(), default);
            await writer.CommitAsync(blob.Id, default);
        }
        var store = Interposed<IBlobStore>.Between(
            memory,
            (call, _, goOn) => call == nameof(IBlobStore.ReadChunksAsync) ? WhenAllowed(goOn) : goOn()
        );
        var lease = new Lease();
        var stream = new PromisedStream(_agent, _ => new((new BlobReader(store, blob), lease)));
        var reading = stream.ReadAtLeastAsync(new byte[1000], 1).AsTask();

        await stream.DisposeAsync();
        Assert.False(lease.IsOver);
        Assert.False(reading.IsCompleted);

        _mayGoOn.SetResult();
        await reading;
        Assert.True(lease.IsOver);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await stream.ReadAtLeastAsync(new byte[1000], 1)
        );
    }

    [Fact]
    public async Task What_waits_for_content_ends_when_its_reader_goes()
    {
        var lease = new Lease();
        var stream = new PromisedStream(_agent, OpenAsync);
        var reading = stream.ReadAtLeastAsync(new byte[1000], 1).AsTask();
        await stream.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.True(lease.IsOver);

        async ValueTask<(BlobReader, IDisposable)> OpenAsync(CancellationToken cancellation)
        {
            using (lease)
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public async Task A_deflated_one_is_let_go_by_who_is_last()
    {
        var content = TestContent.Noise(5000);
        var deflated = new MemoryStream();
        await using (var deflate = new DeflateStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
        {
            await deflate.WriteAsync(content);
        }
        var stream = new InflatedStream(new Slow(deflated.ToArray(), _mayGoOn.Task), content.Length);
        var into = new byte[content.Length];
        var reading = stream.ReadAtLeastAsync(into, 1).AsTask();
        await stream.DisposeAsync();
        _mayGoOn.SetResult();

        var read = await reading;
        Assert.Equal(content[..read], into[..read]);
        if (read < into.Length)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await stream.ReadAtLeastAsync(into, 1));
        }
    }

    private object WhenAllowed(Func<object?> goOn)
    {
        return new ValueTask<int>(LaterAsync());

        async Task<int> LaterAsync()
        {
            await _mayGoOn.Task;
            return await (ValueTask<int>)goOn()!;
        }
    }

    /// <summary>The agent's thread is that of whoever asks.</summary>
    private sealed class Inline : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => d(state);
    }

    private sealed class Lease : IDisposable
    {
        public bool IsOver { get; private set; }

        public void Dispose() => IsOver = true;
    }

    private sealed class Slow(byte[] content, Task mayGoOn) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            await mayGoOn;
            var length = Math.Min(buffer.Length, content.Length);
            content.AsMemory(0, length).CopyTo(buffer);
            return length;
        }
    }
}
