using Toss.Relay;
using Toss.Relay.Mailboxes;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Relay;

/// <summary>What holds for every <see cref="IMailboxStore"/>.</summary>
public abstract class MailboxStoreConformance
{
    protected static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Later = Start + TimeSpan.FromDays(7);
    private static readonly MailboxId Alice = new(1, 1);
    private static readonly MailboxId Bob = new(2, 2);
    private static readonly MailboxId Carol = new(3, 3);
    private static readonly DateTimeOffset Long = Start - TimeSpan.FromDays(1000);

    protected static readonly RelayQuotas Small = RelayQuotas.Default with { MailboxEnvelopes = 6, MailboxBytes = 600 };

    protected abstract ValueTask<IMailboxStore> OpenAsync(RelayQuotas quotas);

    [Fact]
    public async Task Envelopes_come_in_order_until_acknowledged()
    {
        await using var store = await OpenAsync(Small);
        await store.AllowAsync(Alice, [Bob, Carol], [], Start);
        Assert.Equal(new AppendResult(AppendStatus.Stored, 1), await Append(store, Bob, 1));
        Assert.Equal(new AppendResult(AppendStatus.Stored, 2), await Append(store, Carol, 2));
        Assert.Equal(new AppendResult(AppendStatus.Stored, 3), await Append(store, Bob, 3));
        Assert.Equal([(1, Bob, 1), (2, Carol, 2), (3, Bob, 3)], await Read(store, 0));
        Assert.Equal([(3, Bob, 3)], await Read(store, 2));
        await store.AcknowledgeAsync(Alice, 2);
        Assert.Equal([(3, Bob, 3)], await Read(store, 0));
        await store.AcknowledgeAsync(Alice, 3);
        Assert.Empty(await Read(store, 0));
        Assert.Equal(new AppendResult(AppendStatus.Stored, 4), await Append(store, Bob, 4));
    }

    [Fact]
    public async Task Reading_stops_at_either_bound_but_gives_at_least_one()
    {
        await using var store = await OpenAsync(Small);
        await store.AllowAsync(Alice, [Bob], [], Start);
        for (byte i = 1; i <= 3; i++)
        {
            await store.AppendAsync(Alice, Bob, new byte[50], Later, Start);
        }
        Assert.Equal(2, (await store.ReadAsync(Alice, 0, 2, 1000, Start)).Count);
        Assert.Equal(2, (await store.ReadAsync(Alice, 0, 10, 100, Start)).Count);
        Assert.Single(await store.ReadAsync(Alice, 0, 10, 1, Start));
    }

    [Fact]
    public async Task Those_that_may_only_append_are_on_no_other_list()
    {
        await using var store = await OpenAsync(Small);
        await store.AllowAsync(Alice, [Bob], [Carol], Start);
        Assert.Equal(AppendStatus.Stored, (await Append(store, Carol, 1)).Status);
        Assert.True(await store.IsAllowedAsync(Alice, Bob));
        Assert.False(await store.IsAllowedAsync(Alice, Carol));
        Assert.Equal([Bob], await store.OpenAsync(Alice, Start));
        await store.AllowAsync(Alice, [Bob], [], Start);
        Assert.Equal(AppendStatus.NotAllowed, (await Append(store, Carol, 2)).Status);
    }

    [Fact]
    public async Task Unknown_and_not_allowed_look_alike()
    {
        await using var store = await OpenAsync(Small);
        await store.AllowAsync(Alice, [Bob], [], Start);
        Assert.Equal(AppendStatus.NotAllowed, (await Append(store, Carol, 1)).Status);
        Assert.Equal(
            AppendStatus.NotAllowed,
            (await store.AppendAsync(Carol, Alice, new byte[] { 1 }, Later, Start)).Status
        );
        Assert.False(await store.IsAllowedAsync(Alice, Carol));
        Assert.False(await store.IsAllowedAsync(Carol, Alice));
        Assert.True(await store.IsAllowedAsync(Alice, Bob));
    }

    [Fact]
    public async Task The_allow_list_is_replaced_whole_and_keeps_its_order()
    {
        await using var store = await OpenAsync(Small);
        Assert.Empty(await store.OpenAsync(Alice, Start));
        await store.AllowAsync(Alice, [Carol, Bob], [], Start);
        Assert.Equal([Carol, Bob], await store.OpenAsync(Alice, Start));
        await store.AllowAsync(Alice, [Bob], [], Start);
        Assert.Equal([Bob], await store.OpenAsync(Alice, Start));
        Assert.Equal(AppendStatus.NotAllowed, (await Append(store, Carol, 1)).Status);
        await store.AllowAsync(Alice, [], [], Start);
        Assert.Empty(await store.OpenAsync(Alice, Start));
    }

    [Fact]
    public async Task One_sender_has_half_and_all_together_the_whole_by_count()
    {
        await using var store = await OpenAsync(Small);
        await store.AllowAsync(Alice, [Bob, Carol], [], Start);
        for (byte i = 0; i < 3; i++)
        {
            Assert.Equal(AppendStatus.Stored, (await Append(store, Bob, i)).Status);
        }
        Assert.Equal(AppendStatus.SenderQuota, (await Append(store, Bob, 9)).Status);
        for (byte i = 0; i < 3; i++)
        {
            Assert.Equal(AppendStatus.Stored, (await Append(store, Carol, i)).Status);
        }
        Assert.Equal(AppendStatus.MailboxFull, (await Append(store, Carol, 9)).Status);
        await store.AcknowledgeAsync(Alice, 1);
        Assert.Equal(new AppendResult(AppendStatus.Stored, 7), await Append(store, Bob, 9));
    }

    [Fact]
    public async Task One_sender_has_half_and_all_together_the_whole_by_bytes()
    {
        await using var store = await OpenAsync(Small);
        await store.AllowAsync(Alice, [Bob, Carol], [], Start);
        Assert.Equal(AppendStatus.SenderQuota, (await AppendSized(store, Bob, 301)).Status);
        Assert.Equal(AppendStatus.Stored, (await AppendSized(store, Bob, 300)).Status);
        Assert.Equal(AppendStatus.SenderQuota, (await AppendSized(store, Bob, 1)).Status);
        Assert.Equal(AppendStatus.Stored, (await AppendSized(store, Carol, 299)).Status);
        Assert.Equal(AppendStatus.MailboxFull, (await AppendSized(store, Carol, 2)).Status);
        Assert.Equal(AppendStatus.Stored, (await AppendSized(store, Carol, 1)).Status);
    }

    [Fact]
    public async Task Expired_envelopes_are_not_read_and_free_their_space()
    {
        await using var store = await OpenAsync(Small);
        await store.AllowAsync(Alice, [Bob], [], Start);
        await store.AppendAsync(Alice, Bob, new byte[300], Start + TimeSpan.FromSeconds(1), Start);
        var then = Start + TimeSpan.FromSeconds(1);
        Assert.Empty(await store.ReadAsync(Alice, 0, 10, 1000, then));
        Assert.Equal(
            new AppendResult(AppendStatus.Stored, 2),
            await store.AppendAsync(Alice, Bob, new byte[300], Later, then)
        );
        await store.ExpireAsync(then, Long);
        Assert.Equal(new MailboxCounts(1, 1, 300), await store.CountAsync());
    }

    [Fact]
    public async Task Mailboxes_nobody_opens_are_forgotten_with_their_list()
    {
        await using var store = await OpenAsync(Small);
        await store.AllowAsync(Alice, [Bob], [], Start);
        await store.AllowAsync(Bob, [Alice], [], Start);
        await Append(store, Bob, 1);
        var then = Start + TimeSpan.FromDays(30);
        await store.OpenAsync(Bob, then);
        await store.ExpireAsync(then, then - TimeSpan.FromDays(29));
        Assert.Empty(await store.OpenAsync(Alice, then));
        Assert.Equal([Alice], await store.OpenAsync(Bob, then));
        Assert.Equal(new MailboxCounts(1, 0, 0), await store.CountAsync());
    }

    [Fact]
    public async Task What_was_asked_at_once_has_distinct_sequences()
    {
        await using var store = await OpenAsync(RelayQuotas.Default);
        await store.AllowAsync(Alice, [Bob], [], Start);
        var appends = Enumerable.Range(0, 300).Select(i => Append(store, Bob, (byte)i).AsTask()).ToList();
        var results = await Task.WhenAll(appends);
        Assert.Equal(Enumerable.Range(1, 300).Select(i => (ulong)i), results.Select(result => result.Sequence));
    }

    private static ValueTask<AppendResult> Append(IMailboxStore store, MailboxId from, byte content) =>
        store.AppendAsync(Alice, from, new[] { content }, Later, Start);

    private static ValueTask<AppendResult> AppendSized(IMailboxStore store, MailboxId from, int size) =>
        store.AppendAsync(Alice, from, new byte[size], Later, Start);

    private static async Task<IEnumerable<(int, MailboxId, int)>> Read(IMailboxStore store, ulong after) =>
        (await store.ReadAsync(Alice, after, 100, 100_000, Start)).Select(entry =>
            ((int)entry.Sequence, entry.From, (int)entry.Envelope.Span[0])
        );
}
