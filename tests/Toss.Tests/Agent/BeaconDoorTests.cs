using Microsoft.Extensions.Time.Testing;
using Toss.Crypto.Identity;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>By which doors a removed device may still leave its last word, and for how long.</summary>
public sealed class BeaconDoorTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private LoneAgent _a = null!;
    private LoneAgent _b = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await LoneAgent.StartAsync(1, _time);
        _b = await LoneAgent.StartAsync(2, _time);
        await _b.JoinAsync(_a);
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task The_door_that_a_removed_device_knows_closes_after_two_weeks()
    {
        var known = Assert.Single(await DoorsAsync());

        await _a.OnAsync(async () =>
        {
            await _a.Agent.Departure.RevokeAsync(_b.Id, [], default);
            return true;
        });

        var after = await DoorsAsync();
        Assert.Equal(2, after.Count);
        Assert.Equal(known, after[1]);
        await PassAsync(Limits.FormerMember - TimeSpan.FromHours(2));
        Assert.Equal(after, await DoorsAsync());
        await PassAsync(TimeSpan.FromHours(4));
        await TestPairing.Until(async () => (await DoorsAsync()).SequenceEqual([after[0]]), "the old door to close");
    }

    private async Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        await _a.HousekeepAsync();
    }

    /// <summary>What the relay was told to let deliver, in this device's own name; each must be of one of its beacon keys.</summary>
    private Task<List<MailboxId>> DoorsAsync() =>
        _a.AskAsync(() =>
        {
            var record = _a.Agent.Device.Record;
            var doors = _a.Network.Peers.Where(peer => peer.Peer == _a.Id).ToList();
            Assert.All(doors, door => Assert.True(door.IsFormer));
            var mailbox = SignedStatements.IdOfMailbox(record.Mailboxes[0].PublicKey.Span);
            Assert.Equal(MailboxDoor.IdOf(record.BeaconKey.Span, mailbox), doors[0].Mailbox);
            return doors.ConvertAll(door => door.Mailbox);
        });
}
