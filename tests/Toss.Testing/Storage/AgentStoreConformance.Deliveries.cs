using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Storage;

public abstract partial class AgentStoreConformance
{
    [Fact]
    public async Task A_delivery_comes_back_whole()
    {
        var peer = Samples.Device();
        var waiting = Samples.Delivery(peer, Samples.Clip("text", 4));
        var roster = Samples.RosterDelivery(peer);
        await CommitAsync(
            new InsertDelivery(waiting),
            new InsertDelivery(roster),
            new InsertDelivery(waiting with { State = DeliveryState.Kept })
        );
        await ReopenAsync();
        Assert.Equal(waiting.Describe(), await DescribeAsync(peer, waiting.Message));
        Assert.Equal(roster.Describe(), await DescribeAsync(peer, roster.Message));
        Assert.Null(await Store.FindDeliveryAsync(Samples.Device(), waiting.Message, Cancellation));
        Assert.Equal(
            waiting.Describe(),
            (await Store.DeliveriesOfClipAsync(waiting.Clip!.Value, Cancellation)).Single().Describe()
        );
    }

    [Fact]
    public async Task Sealed_bytes_never_change_until_unsealed()
    {
        var peer = Samples.Device();
        var row = Samples.Delivery(peer, Samples.Clip("text", 4));
        var (envelope, session, at) = (Samples.Bytes(1500), Samples.Session(), StoreSamples.Now.AddTicks(5));
        await CommitAsync(
            new InsertDelivery(row),
            new SealDelivery(peer, row.Message, envelope, session, at),
            new SealDelivery(peer, row.Message, Samples.Bytes(10), Samples.Session(), at.AddDays(1))
        );
        await ReopenAsync();
        var expected = row with
        {
            State = DeliveryState.Sealed,
            Envelope = envelope,
            Session = session,
            ChangedAt = at,
        };
        Assert.Equal(expected.Describe(), await DescribeAsync(peer, row.Message));

        await CommitAsync(new UnsealDelivery(peer, row.Message));
        Assert.Equal((row with { ChangedAt = at }).Describe(), await DescribeAsync(peer, row.Message));
        await CommitAsync(new SealDelivery(peer, row.Message, envelope, session, at));
        Assert.Equal(expected.Describe(), await DescribeAsync(peer, row.Message));
    }

    [Theory]
    [InlineData(DeliveryState.Applied)]
    [InlineData(DeliveryState.Kept)]
    [InlineData(DeliveryState.Refused)]
    public async Task An_answered_row_never_changes_again(DeliveryState answer)
    {
        var peer = Samples.Device();
        var row = Samples.Delivery(peer, Samples.Clip("text", 4));
        var session = Samples.Session();
        var at = StoreSamples.Now.AddMinutes(1);
        await CommitAsync(
            new InsertDelivery(row),
            new SealDelivery(peer, row.Message, Samples.Bytes(50), session, StoreSamples.Now),
            Mark(DeliveryState.Sent, RefusalReason.None)
        );
        Assert.Equal(DeliveryState.Sent, (await Store.FindDeliveryAsync(peer, row.Message, Cancellation))!.State);
        Assert.NotNull((await Store.FindDeliveryAsync(peer, row.Message, Cancellation))!.Envelope);

        await CommitAsync(Mark(answer, RefusalReason.TooLarge));
        await CommitAsync(
            Mark(DeliveryState.Sent, RefusalReason.None),
            Mark(DeliveryState.Expired, RefusalReason.None),
            Mark(DeliveryState.Kept, RefusalReason.None),
            new UnsealDelivery(peer, row.Message),
            new SealDelivery(peer, row.Message, Samples.Bytes(50), Samples.Session(), StoreSamples.Now)
        );
        await Store.SweepAsync(StoreSamples.Now + Limits.Delivery * 1.5, Unlimited, Cancellation);
        await ReopenAsync();
        var expected = row with
        {
            State = answer,
            Session = session,
            ChangedAt = at,
            Reason = answer == DeliveryState.Refused ? RefusalReason.TooLarge : RefusalReason.None,
        };
        Assert.Equal(expected.Describe(), await DescribeAsync(peer, row.Message));

        MarkDelivery Mark(DeliveryState state, RefusalReason reason) => new(peer, row.Message, state, reason, at);
    }

    [Fact]
    public async Task An_expired_row_takes_only_a_late_answer()
    {
        var peer = Samples.Device();
        var row = Samples.Delivery(peer, Samples.Clip("text", 4)) with { State = DeliveryState.Expired };
        await CommitAsync(new InsertDelivery(row), Mark(DeliveryState.Sent), Mark(DeliveryState.Waiting));
        Assert.Equal(row.Describe(), await DescribeAsync(peer, row.Message));
        await CommitAsync(Mark(DeliveryState.Applied));
        Assert.Equal(DeliveryState.Applied, (await Store.FindDeliveryAsync(peer, row.Message, Cancellation))!.State);

        MarkDelivery Mark(DeliveryState state) => new(peer, row.Message, state, RefusalReason.None, StoreSamples.Now);
    }

    [Fact]
    public async Task Outgoing_rows_come_newest_first_and_unanswered_ones_oldest_first()
    {
        var peer = Samples.Device();
        var clip = Samples.Clip("text", 4);
        // Two of one moment: the later insert is the newer.
        var rows = new[] { 1, 3, 3, 2 }
            .Select(seconds => Samples.Delivery(peer, clip, StoreSamples.Now.AddSeconds(seconds)))
            .ToArray();
        await CommitAsync([.. rows.Select(row => new InsertDelivery(row))]);
        await CommitAsync(new InsertDelivery(Samples.Delivery(Samples.Device(), clip)));
        await CommitAsync(
            new SealDelivery(peer, rows[1].Message, Samples.Bytes(9), Samples.Session(), StoreSamples.Now)
        );
        Assert.Equal(
            [rows[2].Message, rows[1].Message, rows[3].Message, rows[0].Message],
            Messages(await Store.OutgoingDeliveriesAsync(peer, 10, Cancellation))
        );
        Assert.Equal(
            [rows[2].Message, rows[1].Message],
            Messages(await Store.OutgoingDeliveriesAsync(peer, 2, Cancellation))
        );

        await CommitAsync([
            .. rows[..3]
                .Select(row => new MarkDelivery(
                    peer,
                    row.Message,
                    DeliveryState.Sent,
                    RefusalReason.None,
                    StoreSamples.Now
                )),
        ]);
        Assert.Equal([rows[3].Message], Messages(await Store.OutgoingDeliveriesAsync(peer, 10, Cancellation)));
        Assert.Equal(
            [rows[0].Message, rows[1].Message, rows[2].Message],
            Messages(await Store.UnansweredDeliveriesAsync(peer, Cancellation))
        );
    }

    [Fact]
    public async Task Outgoing_rows_with_a_body_come_before_clips_however_old()
    {
        var peer = Samples.Device();
        var clip = Samples.Clip("text", 4);
        var clips = new[] { 5, 9, 7 }
            .Select(seconds => Samples.Delivery(peer, clip, StoreSamples.Now.AddSeconds(seconds)))
            .ToArray();
        var bodies = new[] { 1, 8, 2 }.Select(seconds => Roster(StoreSamples.Now.AddSeconds(seconds))).ToArray();
        await CommitAsync([.. clips.Concat(bodies).Select(row => new InsertDelivery(row))]);
        await ReopenAsync();
        MessageId[] expected =
        [
            .. new[] { bodies[1], bodies[2], bodies[0], clips[1], clips[2], clips[0] }.Select(row => row.Message),
        ];
        Assert.Equal(expected, Messages(await Store.OutgoingDeliveriesAsync(peer, 10, Cancellation)));
        Assert.Equal(expected[..4], Messages(await Store.OutgoingDeliveriesAsync(peer, 4, Cancellation)));

        Delivery Roster(DateTimeOffset at) =>
            Samples.RosterDelivery(peer) with
            {
                State = DeliveryState.Waiting,
                Envelope = null,
                Session = null,
                CreatedAt = at,
            };
    }

    [Fact]
    public async Task Pending_rows_are_counted_per_peer()
    {
        Assert.Empty(await Store.CountPendingAsync(Cancellation));
        var (one, two, idle) = (Samples.Device(), Samples.Device(), Samples.Device());
        var clip = Samples.Clip("text", 4);
        await CommitAsync(
            new InsertDelivery(Samples.Delivery(one, clip)),
            new InsertDelivery(Samples.Delivery(one, clip) with { State = DeliveryState.Sent }),
            new InsertDelivery(Samples.Delivery(one, clip) with { State = DeliveryState.Applied }),
            new InsertDelivery(Samples.RosterDelivery(two)),
            new InsertDelivery(Samples.Delivery(idle, clip) with { State = DeliveryState.Expired })
        );
        var counts = await Store.CountPendingAsync(Cancellation);
        Assert.Equal(2, counts.Count);
        Assert.Equal((2, 1), (counts[one], counts[two]));

        await CommitAsync(new EraseDeliveries(one));
        counts = await Store.CountPendingAsync(Cancellation);
        Assert.Equal(1, counts[two]);
        Assert.False(counts.ContainsKey(one));
        Assert.Equal(2, (await Store.DeliveriesOfClipAsync(clip.Clip.Id, Cancellation)).Count + 1);
    }

    [Fact]
    public async Task A_sweep_expires_deliveries_and_forgets_what_is_long_over()
    {
        var peer = Samples.Device();
        var kept = Samples.Clip("kept", 4);
        var start = StoreSamples.Now;
        var waiting = Samples.Delivery(peer, kept, start);
        var sent = Samples.RosterDelivery(peer) with { CreatedAt = start };
        var young = Samples.Delivery(peer, kept, start.AddDays(1));
        var received = Samples.Received(peer, start);
        var clipGone = Samples.Delivery(peer, Samples.Clip("gone", 3), start) with { State = DeliveryState.Applied };
        await CommitAsync(
            new InsertClip(kept),
            new InsertDelivery(waiting),
            new InsertDelivery(sent),
            new InsertDelivery(young),
            new InsertDelivery(clipGone),
            new InsertReceived(received)
        );

        var early = await Store.SweepAsync(start + Limits.Delivery, Unlimited, Cancellation);
        Assert.Equal((0, 0), (early.Expired, early.Erased.Count));

        var now = start + Limits.Delivery + TimeSpan.FromMinutes(1);
        Assert.Equal(2, (await Store.SweepAsync(now, Unlimited, Cancellation)).Expired);
        await ReopenAsync();
        var expired = waiting with { State = DeliveryState.Expired, ChangedAt = now };
        Assert.Equal(expired.Describe(), await DescribeAsync(peer, waiting.Message));
        Assert.Null((await Store.FindDeliveryAsync(peer, sent.Message, Cancellation))!.Envelope);
        Assert.Equal(young.Describe(), await DescribeAsync(peer, young.Message));
        Assert.NotNull(await Store.FindReceivedAsync(received.Envelope, Cancellation));
        Assert.NotNull(await Store.FindDeliveryAsync(peer, clipGone.Message, Cancellation));

        await Store.SweepAsync(start + Limits.ReceivedMemory + TimeSpan.FromMinutes(1), Unlimited, Cancellation);
        Assert.Null(await Store.FindReceivedAsync(received.Envelope, Cancellation));
        Assert.Null(await Store.FindDeliveryAsync(peer, clipGone.Message, Cancellation));
        Assert.Null(await Store.FindDeliveryAsync(peer, sent.Message, Cancellation));
        Assert.NotNull(await Store.FindDeliveryAsync(peer, waiting.Message, Cancellation));
    }

    private async Task<string> DescribeAsync(DeviceId peer, MessageId message)
    {
        var delivery = await Store.FindDeliveryAsync(peer, message, Cancellation);
        Assert.NotNull(delivery);
        return delivery.Describe();
    }

    private static IEnumerable<MessageId> Messages(IReadOnlyList<Delivery> deliveries) =>
        deliveries.Select(delivery => delivery.Message);
}
