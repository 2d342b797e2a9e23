using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Storage;

public abstract partial class AgentStoreConformance
{
    [Fact]
    public async Task Farewells_outlive_their_circle_until_they_are_sent_or_too_old()
    {
        var (first, second) = (Farewell(StoreSamples.Now), Farewell(StoreSamples.Now.AddDays(1)));
        await CommitAsync(
            new PutCircle(Samples.Genesis()),
            new InsertFarewell(first),
            new InsertFarewell(second),
            new InsertFarewell(second with { Envelope = Samples.Bytes(3) })
        );
        await CommitAsync(new PutCircle(Samples.Genesis()));
        await ReopenAsync();
        Assert.Equal([Describe(first), Describe(second)], await DescribeFarewellsAsync());

        await Store.SweepAsync(StoreSamples.Now.AddHours(1) + Limits.Delivery, Unlimited, Cancellation);
        Assert.Equal([Describe(second)], await DescribeFarewellsAsync());
        await CommitAsync(new EraseFarewell(second.Message));
        Assert.Empty(await DescribeFarewellsAsync());
    }

    [Fact]
    public async Task Agreements_keep_the_latest_time_and_end_with_the_circle()
    {
        var (one, other) = (Samples.Device(), Samples.Device());
        await CommitAsync(
            new PutCircle(Samples.Genesis()),
            new PutAgreement(one, StoreSamples.Now),
            new PutAgreement(other, StoreSamples.Now),
            new PutAgreement(one, StoreSamples.Now.AddDays(1))
        );
        await ReopenAsync();
        var agreed = await Store.AgreementsAsync(Cancellation);
        Assert.Equal(2, agreed.Count);
        Assert.Equal((StoreSamples.Now.AddDays(1), StoreSamples.Now), (agreed[one], agreed[other]));
        await CommitAsync(new PutCircle(Samples.Genesis()));
        Assert.Empty(await Store.AgreementsAsync(Cancellation));
    }

    [Fact]
    public async Task Expired_rows_are_listed_while_history_holds_their_clip()
    {
        var peer = Samples.Device();
        var (kept, gone) = (Samples.Clip("kept", 2), Samples.Clip("gone", 1));
        var rows = new[]
        {
            Samples.Delivery(peer, gone),
            Samples.Delivery(peer, kept, StoreSamples.Now.AddMinutes(2)),
            Samples.RosterDelivery(peer) with
            {
                CreatedAt = StoreSamples.Now.AddMinutes(1),
            },
        };
        await CommitAsync(
            new InsertClip(kept),
            new InsertDelivery(rows[0]),
            new InsertDelivery(rows[1]),
            new InsertDelivery(rows[2]),
            new InsertDelivery(Samples.Delivery(Samples.Device(), kept))
        );
        Assert.Empty(await Store.ExpiredDeliveriesAsync(peer, Cancellation));
        await Store.SweepAsync(StoreSamples.Now.AddHours(1) + Limits.Delivery, Unlimited, Cancellation);

        var expired = await Store.ExpiredDeliveriesAsync(peer, Cancellation);
        Assert.Equal([rows[2].Message, rows[1].Message], expired.Select(row => row.Message));
        Assert.All(expired, row => Assert.Equal(DeliveryState.Expired, row.State));

        await CommitAsync(new EraseDelivery(peer, rows[2].Message), new EraseDelivery(peer, Samples.Message()));
        Assert.Equal(rows[1].Message, Assert.Single(await Store.ExpiredDeliveriesAsync(peer, Cancellation)).Message);
    }

    [Fact]
    public async Task History_between_two_times_holds_both_ends_newest_first()
    {
        await CommitAsync([.. Enumerable.Range(1, 6).Select(at => new InsertClip(Samples.Clip($"clip {at}", at)))]);
        Assert.Equal(["clip 4", "clip 3", "clip 2"], await BetweenAsync(2, 4, 10));
        Assert.Equal(["clip 6", "clip 5"], await BetweenAsync(0, 100, 2));
        Assert.Empty(await BetweenAsync(7, 100, 10));
    }

    [Fact]
    public async Task What_history_takes_is_measured()
    {
        Assert.Equal((0, 0L), await MeasureAsync());
        var (small, large) = (Samples.Clip("small", 1), Samples.MixedClip(Samples.Blob()));
        await CommitAsync(new InsertClip(small), new InsertClip(large));
        await ReopenAsync();
        Assert.Equal((2, small.Clip.Size + large.Clip.Size), await MeasureAsync());
        await CommitAsync(new EraseClip(large.Clip.Id));
        Assert.Equal((1, small.Clip.Size), await MeasureAsync());
        Assert.True((await Store.MeasureAsync(Cancellation)).FileBytes > 0);
    }

    private async Task<(int Clips, long Bytes)> MeasureAsync()
    {
        var size = await Store.MeasureAsync(Cancellation);
        return (size.Clips, size.ContentBytes);
    }

    [Fact]
    public async Task Erasing_what_one_circle_shared_leaves_what_another_did()
    {
        var left = Samples.Genesis();
        var circle = Crypto.Identity.SignedStatements.IdOf(left);
        var (shared, own) = (Of(Samples.Clip("shared", 1), circle), Samples.Clip("own", 2));
        var again = Of(Samples.Clip("of the same circle, as a member again", 3), circle) with
        {
            ReceivedAt = shared.ReceivedAt.AddSeconds(1),
        };
        var peer = Samples.Device();
        await CommitAsync(
            new InsertClip(shared),
            new InsertClip(own),
            new InsertClip(again),
            new InsertDelivery(Samples.Delivery(peer, shared)),
            new InsertDelivery(Samples.Delivery(peer, own))
        );

        await CommitAsync(new EraseHistory(circle, shared.ReceivedAt));

        await ReopenAsync();
        var rest = await Store.NewestClipsAsync(10, Cancellation);
        Assert.Equal([again.Clip.Id, own.Clip.Id], rest.Select(stored => stored.Clip.Id));
        Assert.Empty(await Store.DeliveriesOfClipAsync(shared.Clip.Id, Cancellation));
        Assert.Single(await Store.DeliveriesOfClipAsync(own.Clip.Id, Cancellation));
    }

    private Farewell Farewell(DateTimeOffset at)
    {
        _ = MailboxId.TryFrom(Samples.Bytes(MailboxId.Size), out var mailbox);
        var to = new PeerAddress(Samples.Device(), StoreSamples.Relay, mailbox);
        var guest = new RelayAccount(to.Relay, Samples.Bytes(32), Samples.Bytes(32), "let me in");
        return new Farewell(Samples.Message(), to, guest, Samples.Bytes(1500), at);
    }

    private async Task<List<string>> DescribeFarewellsAsync() =>
        [.. (await Store.FarewellsAsync(Cancellation)).Select(Describe)];

    private static string Describe(Farewell farewell) =>
        $"{farewell.Message} {farewell.To} {Describe(farewell.Guest)} {farewell.CreatedAt:O} {Convert.ToHexString(farewell.Envelope.Span)}";

    private static string Describe(RelayAccount? guest) =>
        guest is null
            ? "nobody"
            : $"{guest} {Convert.ToHexString([.. guest.MailboxPrivateKey, .. guest.MailboxPublicKey])} {guest.Token}";

    private async Task<List<string>> BetweenAsync(long since, long until, int limit, bool marked = false)
    {
        var found = await Store.HistoryBetweenAsync(
            DateTimeOffset.FromUnixTimeMilliseconds(since),
            DateTimeOffset.FromUnixTimeMilliseconds(until),
            limit,
            marked,
            Cancellation
        );
        return [.. found.Select(stored => stored.Clip.Preview)];
    }

    /// <summary>The same clip, as signed for this circle.</summary>
    private StoredClip Of(StoredClip stored, CircleId circle)
    {
        var body = new ClipBody
        {
            CircleId = ByteString.CopyFrom(circle.ToBytes()),
            Representations =
            {
                stored.Clip.Representations.Select(one => new ClipRepresentation
                {
                    MediaType = one.MediaType,
                    Inline = ByteString.CopyFrom(one.Inline!.Value.Span),
                }),
            },
        };
        return stored with { Clip = stored.Clip with { Signed = Samples.Signed(body.ToByteArray()) } };
    }
}
