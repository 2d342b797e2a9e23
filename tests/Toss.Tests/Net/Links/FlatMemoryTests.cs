using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Toss.Agent;
using Toss.Core.Blobs;
using Toss.Net.Links;
using Toss.Net.Udp;
using Toss.Platform.Hosting;
using Toss.Storage.Blobs;
using Toss.Testing;
using Toss.Testing.Platform;
using Toss.Tests.Net.Quic;
using Toss.Tests.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Net.Links;

/// <summary>256 MiB sealed on one side, over a connection, kept and opened on the other: memory is that of a few chunks.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class FlatMemoryTests : IDisposable
{
    private const long Size = 256L * 1024 * 1024;

    /// <summary>For both sides, which are one process here.</summary>
    private const long MostLive = 40L * 1024 * 1024;

    private readonly TemporaryFolder _folder = new();
    private readonly AgentThread _thread = new();

    public void Dispose()
    {
        _thread.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Memory_is_flat_whatever_the_size()
    {
        await using var pair = DriverPair.Start(UdpImplementation.Best, [IPAddress.Loopback], IPAddress.Loopback);
        var (client, server) = await pair.ConnectAsync();
        var from = await FileBlobStore.OpenAsync(_folder["from"], default);
        var to = await FileBlobStore.OpenAsync(_folder["to"], default);
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] sealedHash = [];
        using var peak = new LivePeak();

        var opened = await _thread.RunAsync(async () =>
        {
            var ports = new AgentPorts(
                null!,
                from,
                null!,
                null!,
                new SeededRandomSource(1),
                TimeProvider.System,
                NullLoggerFactory.Instance
            );
            await using var source = new NoiseStream(Size);
            var blob = await new BlobCarrier(ports, null!, null!, null!).SealAsync(source, default);
            sealedHash = source.Hash();
            Assert.Equal(Size, blob.Length);

            var transfer = new Transfer(1, blob.SealedLength, static () => DateTimeOffset.UtcNow)
            {
                IsIncoming = true,
                Clip = null,
            };
            await using (var part = await to.OpenPartialAsync(blob.Id, blob.SealedLength, default))
            {
                var holder = new BlobSource(
                    default,
                    null,
                    (range, held, write, cancellation) =>
                        BlobStreams.FetchAsync(client, range, held, write, TimeProvider.System, cancellation),
                    static () => true,
                    1,
                    blob.Pieces,
                    FetchPlan.AtOnce(blob.Chunks, TimeSpan.FromMilliseconds(1))
                );
                var list = await new BlobListFetch(blob, to, part, TimeProvider.System).FetchAsync(
                    holder,
                    static (_, why) => Assert.Fail($"{why}"),
                    default
                );
                var fetch = new BlobFetch(list!, part, transfer, TimeProvider.System, NullLogger.Instance);
                Assert.True(await fetch.RunAsync(() => [holder], static (_, why) => Assert.Fail($"{why}"), default));
                await part.CommitAsync(default);
            }
            using var reader = new BlobReader(to, blob);
            var buffer = new byte[Limits.BlobChunk];
            for (var at = 0L; at < blob.Length; )
            {
                var length = await reader.ReadAsync(at, buffer, default);
                hash.AppendData(buffer, 0, length);
                at += length;
            }
            return hash.GetHashAndReset();
        });

        Assert.Equal(sealedHash, opened);
        var (live, allocated) = peak.Take();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"live {live / 1024.0 / 1024:0.0} MiB above the beginning, allocated {allocated / 1024.0 / 1024:0.0} MiB in all"
        );
        Assert.InRange(live, 0, MostLive);
        stop.Cancel();
        await Watchdog.Within(serving, "the other side to end");

        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var stream = await server.AcceptStreamAsync(stop.Token);
                    _ = AnswerAsync(stream);
                }
            }
            catch (OperationCanceledException)
            {
                // All was fetched.
            }
        }

        async Task AnswerAsync(Toss.Quic.QuicStream stream)
        {
            var request = await BlobStreams.ReadRequestAsync(stream, stop.Token);
            Assert.True(BlobStreams.TryReadRange(request!.Range, out var range));
            using var reader = new ChunkReader(from, range.Blob);
            await new BlobStreams.Answer(stream, range).SendAsync(
                range.Count,
                null,
                index => reader.ReadAsync(index, range.End - index, stop.Token),
                stop.Token
            );
        }
    }

    /// <summary>Bytes that nobody keeps, and their hash.</summary>
    private sealed class NoiseStream(long size) : Stream
    {
        private readonly Random _random = new(3);
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _left = size;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public byte[] Hash() => _hash.GetHashAndReset();

        public override int Read(Span<byte> buffer)
        {
            var given = buffer[..(int)Math.Min(buffer.Length, _left)];
            _random.NextBytes(given);
            _hash.AppendData(given);
            _left -= given.Length;
            return given.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>The most that was alive since it was made, looked at by collecting what is not; and what was allocated.</summary>
    private sealed class LivePeak : IDisposable
    {
        private readonly Thread _thread;
        private readonly long _live = GC.GetTotalMemory(forceFullCollection: true);
        private readonly long _allocated = GC.GetTotalAllocatedBytes();
        private readonly ManualResetEventSlim _isOver = new();
        private long _mostLive;

        public LivePeak()
        {
            _thread = new Thread(Watch) { IsBackground = true };
            _thread.Start();
        }

        public (long Live, long Allocated) Take()
        {
            _isOver.Set();
            _thread.Join();
            return (_mostLive - _live, GC.GetTotalAllocatedBytes() - _allocated);
        }

        public void Dispose()
        {
            _isOver.Set();
            _thread.Join();
            _isOver.Dispose();
        }

        private void Watch()
        {
            do
            {
                GC.Collect();
                _mostLive = Math.Max(_mostLive, GC.GetTotalMemory(forceFullCollection: false));
            } while (!_isOver.Wait(TimeSpan.FromMilliseconds(20)));
        }
    }
}
