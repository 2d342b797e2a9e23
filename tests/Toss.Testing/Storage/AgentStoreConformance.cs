using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Storage;

/// <summary>What every <see cref="IAgentStore"/> does, by the words of the port.</summary>
public abstract partial class AgentStoreConformance : IAsyncLifetime
{
    private IAgentStore? _store;

    protected StoreSamples Samples { get; } = new(7);

    protected IAgentStore Store => _store!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected abstract ValueTask<IAgentStore> OpenAsync();

    /// <summary>Whether what was stored is there after the store was closed and opened again.</summary>
    protected abstract bool Persists { get; }

    public async ValueTask InitializeAsync() => _store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected ValueTask<CommitResult> CommitAsync(params IReadOnlyList<StoreWrite> writes) =>
        Store.CommitAsync(StoreStep.RecordClip, writes, Cancellation);

    private async Task ReopenAsync()
    {
        if (Persists)
        {
            await Store.DisposeAsync();
            _store = await OpenAsync();
        }
    }

    [Fact]
    public async Task A_device_comes_back_whole()
    {
        Assert.Null(await Store.LoadDeviceAsync(Cancellation));
        var first = Samples.DeviceRecord("first");
        var second = Samples.DeviceRecord() with { Relay = null, RelayToken = null, Paused = false };
        await CommitAsync(new PutDevice(first));
        await ReopenAsync();
        Assert.Equal(first.Describe(), (await Store.LoadDeviceAsync(Cancellation))!.Describe());
        await CommitAsync(new PutDevice(second));
        await ReopenAsync();
        Assert.Equal(second.Describe(), (await Store.LoadDeviceAsync(Cancellation))!.Describe());
    }

    [Fact]
    public async Task A_circle_comes_back_whole()
    {
        var empty = await Store.LoadCircleAsync(Cancellation);
        Assert.Null(empty.Genesis);
        Assert.Null(empty.Pending);
        Assert.Empty(empty.Statements);
        Assert.Empty(empty.Cards);

        var genesis = Samples.Genesis();
        var statements = new[] { Samples.Signed(), Samples.Signed(), Samples.Signed() };
        var device = Samples.Device();
        var card = Samples.Card("laptop");
        var inviter = Samples.Inviter(genesis);
        await CommitAsync(
            new PutCircle(genesis),
            new PutStatements(statements[..2]),
            new PutStatements(statements),
            new PutCard(device, Samples.Card("old"), 2),
            new PutCard(device, card, 3),
            new PutPendingInviter(Samples.Inviter()),
            new PutPendingInviter(inviter)
        );
        await ReopenAsync();
        var circle = await Store.LoadCircleAsync(Cancellation);
        var expected = new Core.Circle.CircleRecord(
            genesis,
            statements,
            new Dictionary<DeviceId, Signed> { [device] = card },
            inviter
        );
        Assert.Equal(expected.Describe(), circle.Describe());

        await CommitAsync(new PutPendingInviter(null));
        Assert.Null((await Store.LoadCircleAsync(Cancellation)).Pending);
    }

    [Fact]
    public async Task Another_circle_takes_the_place_of_the_first_but_not_its_history()
    {
        var genesis = Samples.Genesis();
        var kept = await FillCircleAsync(genesis);
        await CommitAsync(new PutCircle(genesis));
        Assert.Single((await Store.LoadCircleAsync(Cancellation)).Statements);
        Assert.NotNull(await Store.FindDeliveryAsync(kept.Peer, kept.Message, Cancellation));

        var other = Samples.Genesis();
        await CommitAsync(new PutCircle(other));
        await ReopenAsync();
        var circle = await Store.LoadCircleAsync(Cancellation);
        Assert.Equal(other, circle.Genesis);
        await AssertForgottenAsync(circle, kept);
        Assert.NotNull(await Store.FindClipAsync(kept.Clip!.Value, Cancellation));
    }

    [Fact]
    public async Task The_first_circle_keeps_what_was_prepared_for_it()
    {
        var peer = Samples.Device();
        var genesis = Samples.Genesis();
        await CommitAsync(
            new PutCard(peer, Samples.Card("inviter"), 1),
            new PutSessions(peer, 0, Samples.Bytes(10), [])
        );
        await CommitAsync(new PutPendingInviter(Samples.Inviter(genesis)), new PutCircle(genesis));
        var circle = await Store.LoadCircleAsync(Cancellation);
        Assert.Single(circle.Cards);
        Assert.NotNull(circle.Pending);
        Assert.NotNull(await Store.LoadSessionsAsync(peer, Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Leaving_forgets_the_circle_and_the_history_if_asked(bool history)
    {
        var kept = await FillCircleAsync(Samples.Genesis());
        await CommitAsync(new PutDevice(Samples.DeviceRecord()));
        await CommitAsync(new EraseCircle(history));
        await ReopenAsync();
        var circle = await Store.LoadCircleAsync(Cancellation);
        Assert.Null(circle.Genesis);
        Assert.Null(circle.Pending);
        await AssertForgottenAsync(circle, kept);
        Assert.Equal(history, await Store.FindClipAsync(kept.Clip!.Value, Cancellation) is null);
        Assert.NotNull(await Store.LoadDeviceAsync(Cancellation));
    }

    [Fact]
    public async Task Sessions_are_versioned_and_found_by_their_ids()
    {
        var peer = Samples.Device();
        var (first, second, third) = (Samples.Session(), Samples.Session(), Samples.Session());
        var (one, two) = (Samples.Bytes(500), Samples.Bytes(700));
        Assert.Null(await Store.LoadSessionsAsync(peer, Cancellation));
        Assert.Null(await Store.FindSessionPeerAsync(first, Cancellation));

        Assert.Equal(CommitResult.Committed, await CommitAsync(new PutSessions(peer, 0, one, [first, second])));
        Assert.Equal(CommitResult.Committed, await CommitAsync(new PutSessions(peer, 1, two, [second, third])));
        await ReopenAsync();
        var stored = await Store.LoadSessionsAsync(peer, Cancellation);
        Assert.Equal(2UL, stored!.Version);
        Assert.Equal(two, stored.Sessions.ToArray());
        Assert.Null(await Store.FindSessionPeerAsync(first, Cancellation));
        Assert.Equal(peer, await Store.FindSessionPeerAsync(second, Cancellation));
        Assert.Equal(peer, await Store.FindSessionPeerAsync(third, Cancellation));

        await CommitAsync(new EraseSessions(peer));
        Assert.Null(await Store.LoadSessionsAsync(peer, Cancellation));
        Assert.Null(await Store.FindSessionPeerAsync(second, Cancellation));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_conflict_writes_nothing_of_the_commit(ulong expected)
    {
        var peer = Samples.Device();
        var stored = Samples.Bytes(20);
        await CommitAsync(new PutSessions(peer, 0, stored, []));
        var clip = Samples.Clip("not written", 5);
        var result = await CommitAsync(
            new InsertClip(clip),
            new PutSessions(peer, expected, Samples.Bytes(20), []),
            new PutDevice(Samples.DeviceRecord())
        );
        Assert.Equal(CommitResult.Conflict, result);
        Assert.Null(await Store.FindClipAsync(clip.Clip.Id, Cancellation));
        Assert.Null(await Store.LoadDeviceAsync(Cancellation));
        var sessions = await Store.LoadSessionsAsync(peer, Cancellation);
        Assert.Equal(1UL, sessions!.Version);
        Assert.Equal(stored, sessions.Sessions.ToArray());
        Assert.Equal(CommitResult.Committed, await CommitAsync(new PutSessions(peer, 1, stored, [])));
    }

    [Fact]
    public async Task A_received_message_is_found_both_ways()
    {
        var peer = Samples.Device();
        var received = Samples.Received(peer, clip: Samples.ClipId());
        await CommitAsync(
            new InsertReceived(received),
            new InsertReceived(received with { Envelope = Samples.Envelope(), Outcome = Receipt.Types.Outcome.Kept })
        );
        await ReopenAsync();
        Assert.Equal(received, await Store.FindReceivedAsync(received.Envelope, Cancellation));
        Assert.Equal(received, await Store.FindReceivedAsync(peer, received.Message, Cancellation));
        Assert.Null(await Store.FindReceivedAsync(Samples.Envelope(), Cancellation));
        Assert.Null(await Store.FindReceivedAsync(Samples.Device(), received.Message, Cancellation));
    }

    /// <summary>A receipt is on its way when its outcome becomes another: that one is due all the same.</summary>
    [Fact]
    public async Task What_was_told_ends_only_the_receipt_that_says_so()
    {
        var peer = Samples.Device();
        var received = Samples.Received(peer) with { Outcome = Receipt.Types.Outcome.Offered };
        await CommitAsync(new InsertReceived(received));
        await CommitAsync(
            new SetReceivedOutcome(peer, received.Message, Receipt.Types.Outcome.Applied, RefusalReason.None)
        );
        await CommitAsync(new SetReceiptSent(peer, received.Message, StoreSamples.Now, Receipt.Types.Outcome.Offered));
        Assert.Single(await Store.ReceiptsDueAsync(peer, 10, Cancellation));
        await CommitAsync(new SetReceiptSent(peer, received.Message, StoreSamples.Now, Receipt.Types.Outcome.Applied));
        Assert.Empty(await Store.ReceiptsDueAsync(peer, 10, Cancellation));
    }

    [Fact]
    public async Task A_receipt_is_due_until_sent_and_again_when_asked()
    {
        var peer = Samples.Device();
        var received = Samples.Received(peer);
        await CommitAsync(new InsertReceived(received));
        await CommitAsync(new SetReceiptSent(peer, received.Message, StoreSamples.Now.AddTicks(3)));
        var sent = received with { ReceiptDue = false, ReceiptSentAt = StoreSamples.Now.AddTicks(3) };
        Assert.Equal(sent, await Store.FindReceivedAsync(received.Envelope, Cancellation));
        Assert.Empty(await Store.ReceiptsDueAsync(peer, 10, Cancellation));

        await CommitAsync(new SetReceiptDue(peer, received.Message));
        Assert.Equal(sent with { ReceiptDue = true }, (await Store.ReceiptsDueAsync(peer, 10, Cancellation)).Single());

        await CommitAsync(
            new SetReceiptSent(peer, received.Message, StoreSamples.Now),
            new SetReceivedOutcome(peer, received.Message, Receipt.Types.Outcome.Refused, RefusalReason.ContentLost)
        );
        await ReopenAsync();
        var refused = received with
        {
            ReceiptSentAt = StoreSamples.Now,
            Outcome = Receipt.Types.Outcome.Refused,
            Reason = RefusalReason.ContentLost,
        };
        Assert.Equal(refused, await Store.FindReceivedAsync(peer, received.Message, Cancellation));
    }

    [Fact]
    public async Task Receipts_due_come_oldest_first_and_per_peer()
    {
        var peer = Samples.Device();
        var third = Samples.Received(peer, StoreSamples.Now.AddSeconds(3));
        var first = Samples.Received(peer, StoreSamples.Now.AddSeconds(1));
        var second = Samples.Received(peer, StoreSamples.Now.AddSeconds(2));
        await CommitAsync(
            new InsertReceived(third),
            new InsertReceived(first),
            new InsertReceived(second),
            new InsertReceived(Samples.Received(Samples.Device()))
        );
        Assert.Equal([first, second, third], await Store.ReceiptsDueAsync(peer, 10, Cancellation));
        Assert.Equal([first, second], await Store.ReceiptsDueAsync(peer, 2, Cancellation));
    }

    private async Task<Core.Sync.Delivery> FillCircleAsync(Genesis genesis)
    {
        var peer = Samples.Device();
        var clip = Samples.MixedClip(Samples.Blob());
        var delivery = Samples.Delivery(peer, clip);
        await CommitAsync(
            new PutCircle(genesis),
            new PutStatements([Samples.Signed()]),
            new PutCard(peer, Samples.Card("peer"), 1),
            new PutPendingInviter(Samples.Inviter(genesis)),
            new PutSessions(peer, 0, Samples.Bytes(10), [Samples.Session()]),
            new InsertReceived(Samples.Received(peer)),
            new InsertClip(clip),
            new InsertDelivery(delivery),
            new PutBlobUpload(clip.Clip.Blobs.Single().Id, StoreSamples.Relay, StoreSamples.Now)
        );
        return delivery;
    }

    private async Task AssertForgottenAsync(Core.Circle.CircleRecord circle, Core.Sync.Delivery delivery)
    {
        Assert.Empty(circle.Statements);
        Assert.Empty(circle.Cards);
        Assert.Null(circle.Pending);
        Assert.Null(await Store.LoadSessionsAsync(delivery.Peer, Cancellation));
        Assert.Null(await Store.FindDeliveryAsync(delivery.Peer, delivery.Message, Cancellation));
        Assert.Empty(await Store.ReceiptsDueAsync(delivery.Peer, 10, Cancellation));
        Assert.Empty(await Store.CountPendingAsync(Cancellation));
        if (await Store.FindClipAsync(delivery.Clip!.Value, Cancellation) is { } clip)
        {
            var blob = clip.Clip.Blobs.Single().Id;
            Assert.False(await Store.IsBlobUploadedAsync(blob, StoreSamples.Relay, Cancellation));
        }
    }
}
