using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Toss.Agent;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Crypto.Blobs;
using Toss.Platform.Hosting;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>A blob that is fetched from several, of whom some bring what is not of it, or not all of it.</summary>
public sealed class RangeTests : IDisposable
{
    private const int Chunks = 40;

    private static readonly byte[] s_content = TestContent.Noise((Chunks - 1) * Limits.BlobChunk + 1000);

    private readonly MemoryBlobStore _store = new();
    private readonly (BlobReference Reference, IReadOnlyList<byte[]> Chunks) _blob = TestBlobs.Of(s_content);
    private readonly List<(string Holder, BlobTransferStatus Why)> _aside = [];
    private readonly List<(string Holder, BlobRange Range)> _asked = [];
    private readonly Transfer _transfer;
    private readonly AgentThread _thread = new();

    public RangeTests() =>
        _transfer = new Transfer(1, _blob.Reference.SealedLength, static () => DateTimeOffset.UnixEpoch)
        {
            IsIncoming = true,
            Clip = null,
        };

    public void Dispose() => _thread.Dispose();

    public static TheoryData<string> Lies => ["altered", "cut", "empty", "swapped", "foreign", "reordered"];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task What_is_not_of_the_blob_is_not_kept_and_comes_from_another(string lie)
    {
        var others = TestBlobs.Of(TestContent.Noise(s_content.Length, seed: 5), seed: 5).Chunks;
        byte[] Lying(int index) =>
            index < 4
                ? _blob.Chunks[index]
                : lie switch
                {
                    "altered" => [.. _blob.Chunks[index][..^1], (byte)(_blob.Chunks[index][^1] ^ 1)],
                    "cut" => _blob.Chunks[index][..^1],
                    "empty" => [],
                    "foreign" => others[index],
                    _ => _blob.Chunks[index % 2 == 0 ? index + 1 : index - 1],
                };

        Assert.True(await FetchAsync(Source("liar", Lying), Source("honest", index => _blob.Chunks[index])));

        Assert.Equal(s_content, await ReadAsync());
        Assert.All(_aside, one => Assert.Equal(("liar", BlobTransferStatus.Stopped), one));
        Assert.NotEmpty(_aside);
        // No more than what was under way to it when it was found out.
        Assert.InRange(_asked.Count(one => one.Holder == "liar"), 1, 8);
    }

    [Theory]
    [InlineData(BlobTransferStatus.Malformed)]
    [InlineData(BlobTransferStatus.Cancelled)]
    public async Task Who_is_found_to_break_the_protocol_or_stopped_it_is_put_aside(BlobTransferStatus status)
    {
        Assert.True(
            await FetchAsync(
                Source("other", index => index < 3 ? _blob.Chunks[index] : null, status),
                Source("honest", index => _blob.Chunks[index])
            )
        );
        Assert.All(_aside, one => Assert.Equal(("other", status), one));
        Assert.NotEmpty(_aside);
        Assert.Equal(s_content, await ReadAsync());
    }

    [Fact]
    public async Task With_nobody_but_a_liar_what_it_had_stays_and_the_rest_does_not_come()
    {
        Assert.False(await FetchAsync(Source("liar", index => index < 10 ? _blob.Chunks[index] : new byte[50])));
        var held = await _store.HeldAsync(_blob.Reference.Id, default);
        Assert.InRange(held.Held, 1, 10);

        // Later, from another: only the rest.
        _asked.Clear();
        Assert.True(await FetchAsync(Source("honest", index => _blob.Chunks[index])));
        Assert.Equal(Chunks - held.Held, _asked.Sum(one => one.Range.Count));
        Assert.Equal(s_content, await ReadAsync());
    }

    /// <summary>Each has a part, whichever: together they have all.</summary>
    [Fact]
    public async Task Parts_of_several_make_the_whole()
    {
        Assert.True(
            await FetchAsync(
                Source("first", index => index < 25 ? _blob.Chunks[index] : null),
                Source("second", index => index >= 15 ? _blob.Chunks[index] : null)
            )
        );
        Assert.Equal(s_content, await ReadAsync());
        Assert.Empty(_aside);
        Assert.Equal(2, _asked.Select(one => one.Holder).Distinct().Count());
    }

    [Fact]
    public async Task A_way_that_breaks_is_followed_by_the_next_and_then_by_the_other_holder()
    {
        var calls = 0;
        var broken = Source(
            "broken",
            index => ++calls is > 5 and < 9 ? null : _blob.Chunks[index],
            BlobTransferStatus.NoPath
        );
        Assert.True(await FetchAsync(broken, Source("honest", index => _blob.Chunks[index])));
        Assert.Equal(s_content, await ReadAsync());
    }

    [Fact]
    public async Task A_disk_that_is_full_ends_it_with_what_came()
    {
        var came = 0;
        var source = Source(
            "honest",
            index =>
            {
                _store.Full = ++came > 20;
                return _blob.Chunks[index];
            }
        );
        var failure = await Assert.ThrowsAsync<StoreException>(() => FetchAsync(source));
        Assert.Equal(StoreFailure.DiskFull, failure.Failure);
        _store.Full = false;
        Assert.Equal(20, (await _store.HeldAsync(_blob.Reference.Id, default)).Held);
    }

    [Fact]
    public async Task A_reader_gets_what_is_here_and_waits_for_what_comes() =>
        await Watchdog.Within(
            _thread.RunAsync(async () =>
            {
                var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using var part = await OpenAsync();
                var fetch = new BlobFetch(_blob.Reference, part, _transfer, TimeProvider.System, NullLogger.Instance);
                var source = Source(
                    "slow",
                    index => _blob.Chunks[index],
                    until: index => index >= 20 ? gate.Task : null
                );
                var fetching = fetch.RunAsync(() => [source], static (_, _) => { }, default).AsTask();
                using var reader = new BlobReader(
                    _store,
                    _blob.Reference,
                    (index, stop) => fetch.WaitForAsync(index, Watchdog.Patience, stop)
                );
                var content = new byte[s_content.Length];
                for (var at = 0; at < 10 * Limits.BlobChunk; )
                {
                    at += await reader.ReadAsync(at, content.AsMemory(at), default);
                }
                Assert.Equal(s_content[..Limits.BlobChunk], content[..Limits.BlobChunk]);
                // From the end: it is not here.
                var last = reader.ReadAsync(s_content.Length - 7, content.AsMemory(0, 7), default).AsTask();
                Assert.False(last.IsCompleted);
                gate.SetResult();
                Assert.Equal(7, await last);
                Assert.Equal(s_content[^7..], content[..7]);
                return await fetching;
            }),
            "the reader"
        );

    private ValueTask<IPartialBlob> OpenAsync() =>
        _store.OpenPartialAsync(_blob.Reference.Id, _blob.Reference.SealedLength, default);

    private Task<bool> FetchAsync(params BlobSource[] sources) =>
        Watchdog.Within(
            _thread.RunAsync(async () =>
            {
                await using var part = await OpenAsync();
                var isWhole = await new BlobFetch(
                    _blob.Reference,
                    part,
                    _transfer,
                    TimeProvider.System,
                    NullLogger.Instance
                ).RunAsync(() => sources, (source, why) => _aside.Add((NameOf(source.Holder), why)), default);
                if (isWhole)
                {
                    await part.CommitAsync(default);
                }
                return isWhole;
            }),
            "the blob"
        );

    private async Task<byte[]> ReadAsync()
    {
        using var reader = new BlobReader(_store, _blob.Reference);
        var content = new byte[s_content.Length];
        for (var at = 0; at < content.Length; )
        {
            at += await reader.ReadAsync(at, content.AsMemory(at), default);
        }
        return content;
    }

    /// <param name="chunk">Null ends the range there with <paramref name="end"/>.</param>
    private BlobSource Source(
        string name,
        Func<int, byte[]?> chunk,
        BlobTransferStatus end = BlobTransferStatus.Missing,
        Func<int, Task?>? until = null
    ) =>
        new(
            HolderOf(name),
            null,
            async (range, _, write, _) =>
            {
                _asked.Add((name, range));
                for (var index = range.First; index < range.End; index++)
                {
                    // As over a network: others have their turn.
                    await Task.Yield();
                    await (until?.Invoke(index) ?? Task.CompletedTask);
                    if (chunk(index) is not { } bytes)
                    {
                        // As the holder of a part does: what it has next.
                        var next = Enumerable.Range(index, Chunks - index).Where(one => chunk(one) is not null);
                        return new BlobTransferResult(end)
                        {
                            Next =
                                end == BlobTransferStatus.Missing
                                    ? next.Select(one => (int?)one).FirstOrDefault()
                                    : null,
                        };
                    }
                    if (!await write(index, bytes))
                    {
                        return new BlobTransferResult(BlobTransferStatus.Stopped);
                    }
                }
                return new BlobTransferResult(BlobTransferStatus.Done);
            },
            static () => true,
            2,
            Chunks,
            atOnce: 2
        );

    private static DeviceId HolderOf(string name)
    {
        var bytes = new byte[DeviceId.Size];
        Encoding.UTF8.GetBytes(name).CopyTo(bytes, 0);
        return DeviceId.TryFrom(bytes, out var id) ? id : default;
    }

    private static string NameOf(DeviceId holder) => Encoding.UTF8.GetString(holder.ToBytes()).TrimEnd('\0');
}
