using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Storage;

public abstract partial class AgentStoreConformance
{
    private static readonly Retention Unlimited = new(int.MaxValue, long.MaxValue, TimeSpan.MaxValue);

    [Fact]
    public async Task A_clip_comes_back_whole()
    {
        var mixed = Samples.MixedClip(Samples.Blob());
        var plain = Samples.Clip("plain", 3, claim: false);
        await CommitAsync(new InsertClip(mixed), new InsertClip(plain));
        await CommitAsync(new InsertClip(mixed with { State = ClipState.Lost, Claim = false }));
        await ReopenAsync();
        Assert.Equal(mixed.Describe(), (await Store.FindClipAsync(mixed.Clip.Id, Cancellation))!.Describe());
        Assert.Equal(plain.Describe(), (await Store.FindClipAsync(plain.Clip.Id, Cancellation))!.Describe());
        Assert.Null(await Store.FindClipAsync(Samples.ClipId(), Cancellation));
    }

    [Fact]
    public async Task Incomplete_clips_are_listed_until_their_state_changes()
    {
        var older = Samples.Clip("older", 1, state: ClipState.Incomplete);
        var newer = Samples.Clip("newer", 2, state: ClipState.Incomplete);
        var done = Samples.Clip("done", 3);
        await CommitAsync(new InsertClip(older), new InsertClip(newer), new InsertClip(done));
        Assert.Equal(["newer", "older"], Previews(await Store.IncompleteClipsAsync(Cancellation)));
        await CommitAsync(
            new SetClipState(older.Clip.Id, ClipState.Lost),
            new SetClipState(newer.Clip.Id, ClipState.Complete),
            new SetClipState(Samples.ClipId(), ClipState.Lost)
        );
        await ReopenAsync();
        Assert.Empty(await Store.IncompleteClipsAsync(Cancellation));
        Assert.Equal(ClipState.Lost, (await Store.FindClipAsync(older.Clip.Id, Cancellation))!.State);
        Assert.Equal(ClipState.Complete, (await Store.FindClipAsync(newer.Clip.Id, Cancellation))!.State);
    }

    /// <summary>What is decided from a state that is another one by then does not happen, with all that was to go with it.</summary>
    [Fact]
    public async Task A_state_changes_only_from_the_one_that_was_expected()
    {
        var clip = Samples.Clip("offered", 1, state: ClipState.Offered);
        var other = Samples.Clip("other", 2);
        await CommitAsync(new InsertClip(clip));
        Assert.Equal(CommitResult.Committed, await WantAsync());
        await ReopenAsync();
        Assert.Equal(ClipState.Wanted, (await Store.FindClipAsync(clip.Clip.Id, Cancellation))!.State);
        Assert.Equal(["offered"], Previews(await Store.IncompleteClipsAsync(Cancellation)));

        Assert.Equal(CommitResult.Conflict, await WantAsync());
        Assert.Null(await Store.FindClipAsync(other.Clip.Id, Cancellation));
        await CommitAsync(new EraseClip(clip.Clip.Id));
        Assert.Equal(CommitResult.Conflict, await WantAsync());

        ValueTask<CommitResult> WantAsync() =>
            CommitAsync(
                new InsertClip(other),
                new SetClipState(clip.Clip.Id, ClipState.Wanted, [ClipState.Offered]),
                new EraseClip(other.Clip.Id)
            );
    }

    [Fact]
    public async Task The_newest_claim_has_the_greatest_stamp()
    {
        Assert.Null(await Store.NewestClaimAsync(DateTimeOffset.MaxValue, Cancellation));
        var origins = new[] { Samples.Device(), Samples.Device(), Samples.Device() }.Order().ToArray();
        await CommitAsync(
            new InsertClip(Samples.Clip("early", new ClipStamp(10, 9, origins[2]))),
            new InsertClip(Samples.Clip("middle", new ClipStamp(11, 1, origins[1]))),
            new InsertClip(Samples.Clip("winner", new ClipStamp(11, 1, origins[2]))),
            new InsertClip(Samples.Clip("low", new ClipStamp(11, 1, origins[0]))),
            new InsertClip(Samples.Clip("far ahead", new ClipStamp(99, 0, origins[0]), claim: false))
        );
        Assert.Equal("winner", (await Store.NewestClaimAsync(DateTimeOffset.MaxValue, Cancellation))!.Clip.Preview);
        var before = DateTimeOffset.FromUnixTimeMilliseconds(10);
        Assert.Equal("early", (await Store.NewestClaimAsync(before, Cancellation))!.Clip.Preview);

        await CommitAsync(new EndClaims(before));

        await ReopenAsync();
        Assert.Equal("early", (await Store.NewestClaimAsync(DateTimeOffset.MaxValue, Cancellation))!.Clip.Preview);
        Assert.Equal(5, (await Store.NewestClipsAsync(9, Cancellation)).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task History_comes_newest_first_with_ties_broken_by_origin(int limit)
    {
        var origins = new[] { Samples.Device(), Samples.Device(), Samples.Device() }.Order().ToArray();
        var clips = new List<StoredClip>();
        foreach (var milliseconds in new[] { 5L, 7, 6 })
        {
            foreach (var origin in new[] { origins[1], origins[2], origins[0] })
            {
                clips.Add(Samples.Clip($"{clips.Count}", new ClipStamp(milliseconds, 2, origin)));
            }
        }
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        var expected = clips.OrderByDescending(clip => clip.Clip.Stamp).Take(limit);
        Assert.Equal(Previews([.. expected]), Previews(await Store.NewestClipsAsync(limit, Cancellation)));
        Assert.Empty(await Store.NewestClipsAsync(0, Cancellation));
    }

    [Fact]
    public async Task An_erased_clip_leaves_nothing_behind()
    {
        var peer = Samples.Device();
        var blob = Samples.Blob();
        var clip = Samples.MixedClip(blob);
        var other = Samples.Clip("other", 9);
        var delivery = Samples.Delivery(peer, clip);
        await CommitAsync(
            new InsertClip(clip),
            new InsertClip(other),
            new InsertDelivery(delivery),
            new InsertDelivery(Samples.Delivery(peer, other)),
            new PutBlobUpload(blob.Id, StoreSamples.Relay, StoreSamples.Now)
        );
        await CommitAsync(new EraseClip(clip.Clip.Id), new EraseClip(Samples.ClipId()));
        await ReopenAsync();
        Assert.Null(await Store.FindClipAsync(clip.Clip.Id, Cancellation));
        Assert.Empty(await Store.DeliveriesOfClipAsync(clip.Clip.Id, Cancellation));
        Assert.False(await Store.IsBlobUploadedAsync(blob.Id, StoreSamples.Relay, Cancellation));
        Assert.NotNull(await Store.FindClipAsync(other.Clip.Id, Cancellation));
        Assert.Single(await Store.DeliveriesOfClipAsync(other.Clip.Id, Cancellation));
    }

    [Fact]
    public async Task A_blob_is_held_until_the_last_clip_with_it_is_erased()
    {
        var (shared, own) = (Samples.Blob(), Samples.Blob());
        var (first, second, third) = (Samples.MixedClip(shared), Samples.MixedClip(shared), Samples.MixedClip(own));
        await CommitAsync(new InsertClip(first), new InsertClip(second), new InsertClip(third));
        await ReopenAsync();
        Assert.Equal([own.Id, shared.Id], await HeldAsync());

        await CommitAsync(new EraseClip(first.Clip.Id));
        Assert.Equal([own.Id, shared.Id], await HeldAsync());
        await CommitAsync(new EraseClip(second.Clip.Id));
        Assert.Equal([own.Id], await HeldAsync());

        await CommitAsync(new EraseCircle(History: false));
        Assert.Equal([own.Id], await HeldAsync());
        await CommitAsync(new EraseCircle(History: true));
        Assert.Empty(await HeldAsync());

        async Task<IEnumerable<BlobId>> HeldAsync() =>
            (await Store.HeldBlobsAsync([own.Id, Samples.BlobId(), shared.Id], Cancellation)).OrderBy(blob =>
                blob == own.Id ? 0 : 1
            );
    }

    [Fact]
    public async Task An_upload_is_known_per_relay()
    {
        var blob = Samples.BlobId();
        await CommitAsync(
            new PutBlobUpload(blob, StoreSamples.Relay, StoreSamples.Now),
            new PutBlobUpload(blob, StoreSamples.Relay, StoreSamples.Now.AddDays(1))
        );
        await ReopenAsync();
        Assert.True(await Store.IsBlobUploadedAsync(blob, StoreSamples.Relay, Cancellation));
        Assert.False(await Store.IsBlobUploadedAsync(blob, new Uri("wss://other.example"), Cancellation));
        Assert.False(await Store.IsBlobUploadedAsync(Samples.BlobId(), StoreSamples.Relay, Cancellation));

        await CommitAsync(new EraseBlobUpload(blob, new Uri("wss://other.example")));
        Assert.True(await Store.IsBlobUploadedAsync(blob, StoreSamples.Relay, Cancellation));
        await CommitAsync(new EraseBlobUpload(blob, StoreSamples.Relay));
        Assert.False(await Store.IsBlobUploadedAsync(blob, StoreSamples.Relay, Cancellation));
        await CommitAsync(new PutBlobUpload(blob, StoreSamples.Relay, StoreSamples.Now.AddDays(1)));

        await Store.SweepAsync(StoreSamples.Now.AddDays(1) + Limits.Delivery, Unlimited, Cancellation);
        Assert.True(await Store.IsBlobUploadedAsync(blob, StoreSamples.Relay, Cancellation));
        await Store.SweepAsync(StoreSamples.Now.AddDays(2) + Limits.Delivery, Unlimited, Cancellation);
        Assert.False(await Store.IsBlobUploadedAsync(blob, StoreSamples.Relay, Cancellation));
    }

    [Fact]
    public async Task Retention_keeps_the_newest_clips()
    {
        await CommitAsync([.. Enumerable.Range(0, 10).Select(i => new InsertClip(Samples.Clip($"{i}", i)))]);
        var swept = await Store.SweepAsync(
            StoreSamples.Now,
            new Retention(3, 1000, TimeSpan.FromDays(1)),
            Cancellation
        );
        Assert.Equal((0, 7), (swept.Expired, swept.Erased.Count));
        await ReopenAsync();
        Assert.Equal(["9", "8", "7"], Previews(await Store.NewestClipsAsync(100, Cancellation)));
    }

    [Fact]
    public async Task Retention_by_bytes_leaves_out_what_is_too_large_and_keeps_smaller_ones()
    {
        foreach (var (text, milliseconds) in new[] { ("ccc", 1L), ("bb", 2), ("way too large", 3), ("aaaa", 4) })
        {
            await CommitAsync(new InsertClip(Samples.Clip(text, milliseconds)));
        }
        var swept = await Store.SweepAsync(StoreSamples.Now, new Retention(100, 7, TimeSpan.MaxValue), Cancellation);
        Assert.Equal(2, swept.Erased.Count);
        Assert.Equal(["aaaa", "bb"], Previews(await Store.NewestClipsAsync(100, Cancellation)));
    }

    /// <summary>Their place is taken before that of the newest.</summary>
    [Fact]
    public async Task What_is_in_use_stays_and_takes_its_place()
    {
        var clips = Enumerable.Range(0, 5).Select(i => Samples.Clip($"{i}{i}", i)).ToList();
        await CommitAsync([.. clips.Select(clip => new InsertClip(clip))]);
        var swept = await Store.SweepAsync(
            StoreSamples.Now,
            new Retention(100, 6, TimeSpan.MaxValue) { InUse = new HashSet<ClipId> { clips[1].Clip.Id } },
            Cancellation
        );
        Assert.Equal(2, swept.Erased.Count);
        Assert.Equal(["44", "33", "11"], Previews(await Store.NewestClipsAsync(100, Cancellation)));
    }

    [Theory]
    [InlineData(ClipState.Lost)]
    [InlineData(ClipState.Cancelled)]
    public async Task A_clip_whose_content_does_not_come_holds_no_blob_until_it_is_waited_for_again(ClipState state)
    {
        var blob = Samples.Blob();
        var clip = Samples.MixedClip(blob) with { State = ClipState.Incomplete };
        await CommitAsync(new InsertClip(clip));
        await CommitAsync(new SetClipState(clip.Clip.Id, state));
        Assert.Empty(await Store.HeldBlobsAsync([blob.Id], Cancellation));
        Assert.Equal(state, (await Store.FindClipAsync(clip.Clip.Id, Cancellation))!.State);

        await CommitAsync(new SetClipState(clip.Clip.Id, ClipState.Incomplete));
        Assert.Equal([blob.Id], await Store.HeldBlobsAsync([blob.Id], Cancellation));
        await CommitAsync(new SetClipState(clip.Clip.Id, ClipState.Complete));
        Assert.Equal([blob.Id], await Store.HeldBlobsAsync([blob.Id], Cancellation));
    }

    [Fact]
    public async Task Retention_by_age_lets_go_of_blobs_that_no_other_clip_holds()
    {
        var peer = Samples.Device();
        var (own, shared) = (Samples.Blob(), Samples.Blob());
        var old = Samples.MixedClip(own) with { ReceivedAt = StoreSamples.Now.AddDays(-2) };
        var alsoOld = Samples.MixedClip(shared) with { ReceivedAt = StoreSamples.Now.AddDays(-2) };
        var young = Samples.MixedClip(shared);
        var waiting = Samples.Delivery(peer, old);
        await CommitAsync(
            new InsertClip(old),
            new InsertClip(alsoOld),
            new InsertClip(young),
            new InsertDelivery(waiting),
            new SealDelivery(peer, waiting.Message, Samples.Bytes(9), Samples.Session(), StoreSamples.Now)
        );
        var swept = await Store.SweepAsync(
            StoreSamples.Now,
            new Retention(100, long.MaxValue, TimeSpan.FromDays(1)),
            Cancellation
        );
        Assert.Equal((1, 2), (swept.Expired, swept.Erased.Count));
        Assert.Equal([shared.Id], await Store.HeldBlobsAsync([own.Id, shared.Id], Cancellation));
        var delivery = await Store.FindDeliveryAsync(peer, waiting.Message, Cancellation);
        Assert.Equal(Core.Sync.DeliveryState.Expired, delivery!.State);
        Assert.Null(delivery.Envelope);
        Assert.NotNull(await Store.FindClipAsync(young.Clip.Id, Cancellation));
    }

    private static IEnumerable<string> Previews(IReadOnlyList<StoredClip> clips) =>
        clips.Select(clip => clip.Clip.Preview);
}
