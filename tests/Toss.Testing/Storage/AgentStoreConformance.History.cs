using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Storage;

/// <content>What people do to their history: delete, put back, pin, tag, search.</content>
public abstract partial class AgentStoreConformance
{
    private static readonly TimeSpan window = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task What_is_deleted_is_gone_until_it_is_put_back_as_it_was()
    {
        var (peer, blob) = (Samples.Device(), Samples.Blob());
        var (clip, other) = (Samples.MixedClip(blob), Samples.Clip("other", 1));
        var (waiting, answered) = (Samples.Delivery(peer, clip), Samples.Delivery(Samples.Device(), clip));
        var mark = new ClipMark(true, ["work", "Ümlaut"]);
        await CommitAsync(
            new InsertClip(clip),
            new InsertClip(other),
            new MarkClip(clip.Clip.Id, mark),
            new InsertDelivery(waiting),
            new InsertDelivery(answered),
            new MarkDelivery(answered.Peer, answered.Message, DeliveryState.Kept, RefusalReason.None, StoreSamples.Now)
        );
        Assert.Null(await Store.LastDeletionAsync(Cancellation));
        var before = (await Store.FindClipAsync(clip.Clip.Id, Cancellation))!.Describe();

        await CommitAsync(new DeleteClips([clip.Clip.Id, Samples.ClipId()], StoreSamples.Now));
        await ReopenAsync();
        Assert.Null(await Store.FindClipAsync(clip.Clip.Id, Cancellation));
        Assert.Equal(["other"], Previews(await Store.NewestClipsAsync(9, Cancellation)));
        Assert.Empty(await Store.IncompleteClipsAsync(Cancellation));
        Assert.True(await Store.IsDeletedAsync(clip.Clip.Id, Cancellation));
        Assert.False(await Store.IsDeletedAsync(other.Clip.Id, Cancellation));
        Assert.Equal([blob.Id], await Store.HeldBlobsAsync([blob.Id], Cancellation));
        Assert.Equal(
            [DeliveryState.Expired, DeliveryState.Kept],
            (await Store.DeliveriesOfClipAsync(clip.Clip.Id, Cancellation)).Select(row => row.State)
        );
        Assert.Equal((1, 1), await CountsAsync());

        var last = (await Store.LastDeletionAsync(Cancellation))!;
        Assert.Equal([clip.Clip.Id], last.Clips);
        await CommitAsync(new RestoreClips(last.Number));
        await ReopenAsync();
        Assert.Equal(before, (await Store.FindClipAsync(clip.Clip.Id, Cancellation))!.Describe());
        Assert.Equal([blob.Id], await Store.HeldBlobsAsync([blob.Id], Cancellation));
        Assert.False(await Store.IsDeletedAsync(clip.Clip.Id, Cancellation));
        Assert.Null(await Store.LastDeletionAsync(Cancellation));
        Assert.Equal((2, 0), await CountsAsync());
    }

    [Fact]
    public async Task The_last_of_several_deletions_is_undone_first()
    {
        var clips = Enumerable.Range(0, 4).Select(i => Samples.Clip($"{i}", i)).ToList();
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        await CommitAsync(new DeleteClips([clips[0].Clip.Id, clips[1].Clip.Id], StoreSamples.Now));
        await CommitAsync(new DeleteClips([clips[2].Clip.Id], StoreSamples.Now));
        await UndoAsync();
        Assert.Equal(["3", "2"], Previews(await Store.NewestClipsAsync(9, Cancellation)));
        await UndoAsync();
        Assert.Equal(["3", "2", "1", "0"], Previews(await Store.NewestClipsAsync(9, Cancellation)));
    }

    [Fact]
    public async Task All_of_history_but_what_is_pinned_is_deleted_and_comes_back()
    {
        var clips = Enumerable.Range(0, 50).Select(i => Samples.Clip($"{i}", i)).ToList();
        var large = Samples.MixedClip(Samples.Blob());
        await CommitAsync([.. clips.Append(large).Select(clip => new InsertClip(clip))]);
        await CommitAsync(
            new MarkClip(clips[7].Clip.Id, new ClipMark(true, [])),
            new MarkClip(clips[8].Clip.Id, new ClipMark(false, ["tagged"]))
        );
        var before = Described(await Store.NewestClipsAsync(99, Cancellation));

        await CommitAsync(new DeleteHistory(StoreSamples.Now));
        Assert.Equal(["7"], Previews(await Store.NewestClipsAsync(99, Cancellation)));
        Assert.Equal((1, 50), await CountsAsync());
        await UndoAsync();
        Assert.Equal(before, Described(await Store.NewestClipsAsync(99, Cancellation)));
        var blob = large.Clip.Blobs.Single().Id;
        Assert.Equal([blob], await Store.HeldBlobsAsync([blob], Cancellation));
    }

    [Fact]
    public async Task What_nobody_put_back_is_erased_and_remembered()
    {
        var blob = Samples.Blob();
        var clips = new[] { Samples.MixedClip(blob), Samples.Clip("two", 2), Samples.Clip("three", 3) };
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        await CommitAsync(
            new InsertDelivery(Samples.Delivery(Samples.Device(), clips[1])),
            new PutBlobUpload(blob.Id, StoreSamples.Relay, StoreSamples.Now),
            new DeleteClips([clips[0].Clip.Id, clips[1].Clip.Id], StoreSamples.Now)
        );
        var later = StoreSamples.Now + window;
        Assert.Equal(0, (await EmptyAsync(later, 9)).Erased);
        await CommitAsync(new DeleteClips([clips[2].Clip.Id], later));

        // One at a time.
        later += TimeSpan.FromSeconds(1);
        Assert.Equal((0, true), await ErasedAsync(0));
        Assert.Equal((1, true), await ErasedAsync(1));
        var rest = await EmptyAsync(later, 9);
        Assert.Equal((1, later.AddSeconds(-1).ToUnixTimeMilliseconds()), (rest.Erased, Milliseconds(rest.OldestAt)));
        await ReopenAsync();
        Assert.Equal([clips[2].Clip.Id], (await Store.LastDeletionAsync(Cancellation))!.Clips);
        Assert.Empty(await Store.HeldBlobsAsync([blob.Id], Cancellation));
        Assert.False(await Store.IsBlobUploadedAsync(blob.Id, StoreSamples.Relay, Cancellation));
        Assert.Empty(await Store.DeliveriesOfClipAsync(clips[1].Clip.Id, Cancellation));
        foreach (var clip in clips)
        {
            Assert.True(await Store.IsDeletedAsync(clip.Clip.Id, Cancellation));
        }

        async Task<(int, bool)> ErasedAsync(int limit)
        {
            var emptied = await EmptyAsync(later, limit);
            return (emptied.Erased, emptied.HasMore);
        }
    }

    /// <summary>A clock that was a day ahead, and was set right, must not keep it for a day.</summary>
    [Fact]
    public async Task What_was_deleted_in_the_future_is_erased()
    {
        var clip = Samples.Clip("text", 1);
        await CommitAsync(new InsertClip(clip), new DeleteClips([clip.Clip.Id], StoreSamples.Now.AddDays(1)));
        Assert.Equal(new BinRest(1, false, null), await EmptyAsync(StoreSamples.Now, 9));
    }

    /// <summary>A backup may bring it back after years.</summary>
    [Fact]
    public async Task A_tombstone_stands_however_short_history_is_kept()
    {
        var clip = Samples.ClipId();
        await CommitAsync(new PutTombstone(clip, StoreSamples.Now), new PutTombstone(clip, StoreSamples.Now));
        await ReopenAsync();
        Assert.True(await Store.IsDeletedAsync(clip, Cancellation));
        await Store.SweepAsync(
            StoreSamples.Now.AddDays(3650),
            new Retention(100, long.MaxValue, TimeSpan.FromDays(1)),
            Cancellation
        );
        Assert.True(await Store.IsDeletedAsync(clip, Cancellation));
    }

    [Fact]
    public async Task The_newest_tombstones_stand()
    {
        var oldest = Samples.ClipId();
        var newest = Samples.ClipId();
        await CommitAsync(new PutTombstone(oldest, StoreSamples.Now));
        await CommitAsync([
            .. Enumerable
                .Range(1, Limits.Tombstones - 1)
                .Select(i => new PutTombstone(new ClipId((UInt128)i), StoreSamples.Now.AddSeconds(i))),
        ]);
        var kept = new Retention(100, long.MaxValue, TimeSpan.FromDays(1));
        await Store.SweepAsync(StoreSamples.Now.AddDays(9), kept, Cancellation);
        Assert.True(await Store.IsDeletedAsync(oldest, Cancellation));
        await CommitAsync(new PutTombstone(newest, StoreSamples.Now.AddDays(8)));
        await Store.SweepAsync(StoreSamples.Now.AddDays(9), kept, Cancellation);
        Assert.False(await Store.IsDeletedAsync(oldest, Cancellation));
        Assert.True(await Store.IsDeletedAsync(newest, Cancellation));
    }

    [Fact]
    public async Task The_ids_of_history_are_in_its_order()
    {
        var clips = new[] { Samples.Clip("one", 1), Samples.Clip("three", 3), Samples.Clip("two", 2) };
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        Assert.Equal([clips[1].Clip.Id, clips[2].Clip.Id, clips[0].Clip.Id], await Store.HistoryIdsAsync(Cancellation));
        await CommitAsync(new DeleteClips([clips[1].Clip.Id], StoreSamples.Now));
        Assert.Equal([clips[2].Clip.Id, clips[0].Clip.Id], await Store.HistoryIdsAsync(Cancellation));
    }

    [Fact]
    public async Task An_erased_clip_is_not_in_the_bin_either_and_a_left_circle_leaves_none()
    {
        var clips = new[] { Samples.Clip("one", 1), Samples.Clip("two", 2) };
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        await CommitAsync(new DeleteHistory(StoreSamples.Now));
        await CommitAsync(new EraseClip(clips[0].Clip.Id));
        Assert.Equal((0, 1), await CountsAsync());
        await CommitAsync(new EraseCircle(History: true));
        Assert.Equal((0, 0), await CountsAsync());
    }

    [Fact]
    public async Task Marks_are_put_on_changed_and_taken_off()
    {
        var clips = new[] { Samples.Clip("one", 1), Samples.Clip("two", 2), Samples.Clip("three", 3) };
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        await CommitAsync(
            new MarkClip(clips[0].Clip.Id, new ClipMark(true, [])),
            new MarkClip(clips[1].Clip.Id, new ClipMark(false, ["a", "b"])),
            new MarkClip(Samples.ClipId(), new ClipMark(true, []))
        );
        await CommitAsync(new MarkClip(clips[1].Clip.Id, new ClipMark(true, ["b", "c"])));
        await ReopenAsync();
        var found = (await Store.FindClipAsync(clips[1].Clip.Id, Cancellation))!;
        Assert.True(found.Mark.Pinned);
        Assert.Equal(["b", "c"], found.Mark.Tags);
        Assert.Equal(["two", "one"], await BetweenAsync(0, 9, 9, marked: true));
        var size = await Store.MeasureAsync(Cancellation);
        Assert.Equal((2, 6L), (size.Pinned, size.PinnedBytes));

        await CommitAsync(
            new MarkClip(clips[0].Clip.Id, ClipMark.None),
            new MarkClip(clips[1].Clip.Id, new ClipMark(false, ["b"]))
        );
        Assert.Equal(["two"], await BetweenAsync(0, 9, 9, marked: true));
        Assert.Equal(0, (await Store.MeasureAsync(Cancellation)).Pinned);
    }

    [Fact]
    public async Task What_is_pinned_stays_and_takes_its_place()
    {
        var clips = Enumerable.Range(0, 6).Select(i => Samples.Clip($"clip {i}", i)).ToList();
        clips[0] = clips[0] with { ReceivedAt = StoreSamples.Now.AddDays(-100) };
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        await CommitAsync(
            new MarkClip(clips[0].Clip.Id, new ClipMark(true, [])),
            new MarkClip(clips[1].Clip.Id, new ClipMark(false, ["only tagged"]))
        );
        // Three of six bytes each: the pinned one is one of them.
        var swept = await Store.SweepAsync(
            StoreSamples.Now,
            new Retention(100, 3 * 6, TimeSpan.FromDays(1)),
            Cancellation
        );
        Assert.Equal(3, swept.Erased.Count);
        Assert.Equal(["clip 5", "clip 4", "clip 0"], Previews(await Store.NewestClipsAsync(9, Cancellation)));
        await Store.SweepAsync(StoreSamples.Now, new Retention(2, 1000, TimeSpan.FromDays(1)), Cancellation);
        Assert.Equal(["clip 5", "clip 0"], Previews(await Store.NewestClipsAsync(9, Cancellation)));
        await Store.SweepAsync(StoreSamples.Now, new Retention(0, 0, TimeSpan.Zero), Cancellation);
        Assert.Equal(["clip 0"], Previews(await Store.NewestClipsAsync(9, Cancellation)));
    }

    [Fact]
    public async Task Kinds_are_kept_for_their_own_time()
    {
        var (text, pinned) = (Samples.Clip("text", 1), Samples.Clip("pinned", 2));
        var picture = Samples.Clip("picture", 3);
        picture = picture with
        {
            Clip = picture.Clip with
            {
                Representations = [new Representation(MediaTypes.Png, 9, Samples.Bytes(9), null)],
            },
        };
        var clips = new[] { text, pinned, picture }
            .Select(clip => clip with { ReceivedAt = StoreSamples.Now.AddDays(-5) })
            .ToList();
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        await CommitAsync(new MarkClip(pinned.Clip.Id, new ClipMark(true, [])));
        var kept = new Retention(100, 1000, TimeSpan.FromDays(90));
        var swept = await Store.SweepAsync(
            StoreSamples.Now,
            kept with
            {
                AgeOf = Days(ClipKind.Picture, 6),
            },
            Cancellation
        );
        Assert.Equal(0, swept.Erased.Count);
        swept = await Store.SweepAsync(StoreSamples.Now, kept with { AgeOf = Days(ClipKind.Picture, 4) }, Cancellation);
        Assert.Equal(1, swept.Erased.Count);
        swept = await Store.SweepAsync(StoreSamples.Now, kept with { AgeOf = Days(ClipKind.Text, 4) }, Cancellation);
        Assert.Equal(["pinned"], Previews(await Store.NewestClipsAsync(9, Cancellation)));

        static Dictionary<ClipKind, TimeSpan> Days(ClipKind kind, int days) =>
            new() { [kind] = TimeSpan.FromDays(days) };
    }

    [Fact]
    public async Task Clips_and_deliveries_are_found_by_the_page()
    {
        var clips = Enumerable.Range(0, 40).Select(i => Samples.Clip($"clip {i}", i)).ToList();
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        var rows = clips
            .Take(10)
            .SelectMany(clip =>
                new[] { Samples.Delivery(Samples.Device(), clip), Samples.Delivery(Samples.Device(), clip) }
            )
            .ToList();
        await CommitAsync([.. rows.Select(row => new InsertDelivery(row))]);
        ClipId[] page = [Samples.ClipId(), .. clips.Skip(5).Take(20).Select(clip => clip.Clip.Id)];
        var found = await Store.FindClipsAsync(page, Cancellation);
        Assert.Equal(Described(clips.Skip(5).Take(20)).Order(), Described(found).Order());
        var deliveries = await Store.DeliveriesOfClipsAsync(page, Cancellation);
        Assert.Equal(5, deliveries.Count);
        foreach (var (clip, its) in deliveries)
        {
            Assert.Equal(
                (await Store.DeliveriesOfClipAsync(clip, Cancellation)).Select(row => row.Describe()),
                its.Select(row => row.Describe())
            );
        }
        Assert.Empty(await Store.FindClipsAsync([], Cancellation));
        Assert.Empty(await Store.DeliveriesOfClipsAsync([], Cancellation));
    }

    [Fact]
    public async Task Previews_are_read_page_by_page()
    {
        var clips = Enumerable.Range(0, 25).Select(i => Samples.Clip($"prévïew {i}", 100 - i)).ToList();
        await CommitAsync([.. clips.Append(Samples.MixedClip(Samples.Blob())).Select(clip => new InsertClip(clip))]);
        await CommitAsync(new MarkClip(clips[3].Clip.Id, new ClipMark(false, ["tag"])));
        var seen = new List<string>();
        for (long last = 0; ; )
        {
            using var page = await Store.ReadPreviewsAsync(last, 10, Cancellation);
            Assert.InRange(page.Rows.Count, 0, 10);
            seen.AddRange(
                page.Rows.Select(row =>
                    $"{row.Id} {row.Stamp} {row.Kind} {string.Join(',', row.Mark.Tags)} {System.Text.Encoding.UTF8.GetString(page.TextOf(row))}"
                )
            );
            if (page.IsLast)
            {
                break;
            }
            last = page.Last;
        }
        Assert.Equal(26, seen.Count);
        Assert.Equal(
            clips.Select((clip, i) => $"{clip.Clip.Id} {clip.Clip.Stamp} Text {(i == 3 ? "tag" : "")} prévïew {i}"),
            seen.Take(25)
        );
        Assert.EndsWith("Secret  a preview that is not in the body", seen[25], StringComparison.Ordinal);
    }

    private ValueTask<BinRest> EmptyAsync(DateTimeOffset now, int limit) =>
        Store.EmptyBinAsync(now - window, now, limit, Cancellation);

    private async Task UndoAsync() =>
        await CommitAsync(new RestoreClips((await Store.LastDeletionAsync(Cancellation))!.Number));

    private async Task<(int Kept, int Deleted)> CountsAsync()
    {
        var size = await Store.MeasureAsync(Cancellation);
        return (size.Clips, size.Deleted);
    }

    private static List<string> Described(IEnumerable<StoredClip> clips) => [.. clips.Select(clip => clip.Describe())];

    private static long? Milliseconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();
}
