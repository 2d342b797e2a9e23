using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Toss.Agent;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Envelopes;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class HousekeepingTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private LoneAgent _a = null!;
    private LoneAgent _b = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await LoneAgent.StartAsync(1, _time);
        _b = await LoneAgent.StartAsync(2, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task A_peer_that_is_there_and_does_not_answer_for_ten_minutes_gets_a_new_session()
    {
        var first = await SendAsync(online: true);

        _time.Advance(TimeSpan.FromMinutes(9));
        await _a.HousekeepAsync();
        Assert.Equal(first.Session, (await RowAsync())!.Session);

        _time.Advance(TimeSpan.FromMinutes(2));
        await _a.HousekeepAsync();
        await UntilRowAsync(row => row.State == DeliveryState.Sent, "the message to be sent again");
        var again = (await RowAsync())!;
        Assert.Equal(first.Message, again.Message);
        Assert.NotEqual(first.Session, again.Session);
    }

    [Fact]
    public async Task A_peer_that_comes_back_after_hours_has_time_to_answer()
    {
        var first = await SendAsync(online: false);
        _time.Advance(TimeSpan.FromHours(5));

        await SetOnlineAsync();
        await _a.HousekeepAsync();
        Assert.Equal(first.Session, (await RowAsync())!.Session);

        _time.Advance(TimeSpan.FromMinutes(11));
        await _a.HousekeepAsync();
        await UntilRowAsync(row => row.Session is { } session && session != first.Session, "the new session");
    }

    [Fact]
    public async Task The_prekey_changes_every_week_and_an_old_one_goes_two_weeks_later()
    {
        var first = await PrekeysAsync();
        Assert.Single(first);

        _time.Advance(TimeSpan.FromDays(6.9));
        await _a.HousekeepAsync();
        Assert.Equal(first, await PrekeysAsync());

        _time.Advance(TimeSpan.FromDays(0.2));
        await _a.HousekeepAsync();
        var second = await PrekeysAsync();
        Assert.Equal(2, second.Count);
        Assert.Equal(first[0], second[1]);

        for (var week = 0; week < 3; week++)
        {
            _time.Advance(TimeSpan.FromDays(7.1));
            await _a.HousekeepAsync();
        }
        Assert.DoesNotContain(first[0], await PrekeysAsync());
    }

    [Fact]
    public async Task A_peer_that_comes_and_goes_does_not_put_off_the_new_session()
    {
        var first = await SendAsync(online: true);
        for (var minute = 0; minute < 12; minute++)
        {
            await _a.HousekeepAsync();
            _time.Advance(TimeSpan.FromMinutes(1));
            await _a.AskAsync(() =>
            {
                _a.Network.SetOnline(_b.Id, false);
                return true;
            });
            await SetOnlineAsync();
        }
        await _a.HousekeepAsync();
        await UntilRowAsync(row => row.Session is { } session && session != first.Session, "the new session");
    }

    [Fact]
    public async Task Devices_that_were_apart_for_three_weeks_write_to_one_another_again()
    {
        await JoinAsync();
        await CopyUntilThereAsync(_a, _b, "before");
        await CopyUntilThereAsync(_b, _a, "answer");

        await SetAnswerAsync(SendStatus.NoPath);
        for (var day = 0; day < 22; day++)
        {
            _time.Advance(TimeSpan.FromDays(1));
            await _a.HousekeepAsync();
            await _b.HousekeepAsync();
        }
        // What was sealed for the mailbox is gone with the week that it is kept.
        await SetAnswerAsync(SendStatus.Accepted);

        await CopyUntilThereAsync(_a, _b, "after");
        await CopyUntilThereAsync(_b, _a, "at last");
    }

    [Fact]
    public async Task With_an_erased_prekey_the_ended_sessions_it_began_are_forgotten()
    {
        await JoinAsync();
        var first = await _a.AskAsync(() => _a.Agent.Device.Prekeys[0].Public.Id.ToByteArray());
        for (var week = 0; week < 3; week++)
        {
            await CopyUntilThereAsync(_b, _a, $"week {week}");
            if (week < 2)
            {
                await PassAsync(TimeSpan.FromDays(8.5));
            }
        }
        Assert.True(await RemembersAsync(first));

        await PassAsync(TimeSpan.FromDays(8.5));
        await PassAsync(TimeSpan.FromDays(8.5));

        Assert.False(await RemembersAsync(first));
    }

    [Fact]
    public async Task A_newcomer_that_never_confirms_is_removed_after_ten_minutes()
    {
        await _b.JoinAsync(_a);
        _time.Advance(TimeSpan.FromMinutes(9.5));
        await _a.HousekeepAsync();
        Assert.Single(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));

        _time.Advance(TimeSpan.FromMinutes(1));
        await _a.HousekeepAsync();

        Assert.Empty(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));
        Assert.True(await _a.AskAsync(() => _a.Agent.Device.Circle.Roster.IsRevoked(_b.Id)));
    }

    [Fact]
    public async Task A_newcomer_that_confirmed_stays()
    {
        await JoinAsync();
        _time.Advance(TimeSpan.FromMinutes(11));
        await _a.HousekeepAsync();
        Assert.Single(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));
    }

    /// <summary>Its inviter goes to sleep with the word on its way, which lies in the mailbox when it is back.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_newcomer_has_ten_minutes_in_which_its_inviter_can_hear_it(bool confirms)
    {
        await _b.JoinAsync(_a);
        await _a.HousekeepAsync();
        await RelayIsAsync(RelayState.Unreachable);
        _time.Advance(TimeSpan.FromMinutes(11));
        await _a.HousekeepAsync();
        Assert.Single(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));

        await RelayIsAsync(RelayState.Connected);
        await _a.HousekeepAsync();
        Assert.Single(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));
        if (confirms)
        {
            await CopyUntilThereAsync(_b, _a, "I am here");
        }
        _time.Advance(TimeSpan.FromMinutes(11));
        await _a.HousekeepAsync();
        Assert.Equal(confirms ? 1 : 0, (await _a.AskAsync(() => _a.Agent.Device.Circle.Peers)).Count);
    }

    [Fact]
    public async Task Of_a_newcomer_that_was_confirmed_nothing_is_remembered()
    {
        await _b.JoinAsync(_a);
        var added = _time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        await _a.OnAsync(async () =>
        {
            await _a.Agent.Circle.ConfirmAsync(_b.Id, default);
            _a.Agent.Departure.NoteNewcomers();
            return true;
        });
        _time.Advance(TimeSpan.FromMinutes(11));

        // The same device as a newcomer again: its time begins now.
        await _a.OnAsync(async () =>
        {
            await _a.Agent.Keeper.ChangeAsync(
                record =>
                    record with
                    {
                        Settings = new Dictionary<string, string>(record.Settings)
                        {
                            [CircleKeeper.Unconfirmed + _b.Id] = added,
                        },
                    },
                default
            );
            _a.Agent.Departure.NoteNewcomers();
            return true;
        });
        await _a.HousekeepAsync();
        Assert.Single(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));
        _time.Advance(TimeSpan.FromMinutes(11));
        await _a.HousekeepAsync();
        Assert.Empty(await _a.AskAsync(() => _a.Agent.Device.Circle.Peers));
    }

    [Fact]
    public async Task An_inviter_that_never_answers_is_forgotten()
    {
        await _a.OnAsync(async () =>
        {
            var circle = _b.Agent.Device.Circle;
            var pending = new PendingInviter(
                circle.Roster.Genesis,
                circle.CardOf(_b.Id)!.Signed,
                [],
                _time.GetUtcNow() + Limits.PairingUnconfirmed
            );
            await _a.Agent.Circle.HoldInviterAsync(
                pending,
                circle.CardOf(_b.Id)!,
                null,
                LoneAgent.Relay,
                null,
                default
            );
            return true;
        });
        await _a.HousekeepAsync();
        Assert.NotNull(await _a.AskAsync(() => _a.Agent.Device.Pending));
        Assert.Equal(LoneAgent.Relay, await _a.AskAsync(() => _a.Agent.Device.Record.Relay));

        _time.Advance(TimeSpan.FromMinutes(11));
        await _a.HousekeepAsync();

        Assert.Null(await _a.AskAsync(() => _a.Agent.Device.Pending));
        Assert.Null((await _a.OnAsync(() => _a.Store.LoadCircleAsync(default))).Pending);
        // The home came with the inviter, and goes with it.
        Assert.Null(await _a.AskAsync(() => _a.Agent.Device.Record.Relay));
    }

    private async Task RelayIsAsync(RelayState state)
    {
        await _a.AskAsync(() =>
        {
            _a.Network.Say(new RelayStateChanged(LoneAgent.Relay, state, null));
            return true;
        });
        await TestPairing.Until(() => _a.AskAsync(() => _a.Agent.Presence.Relay == state), $"the relay to be {state}");
    }

    private async Task JoinAsync()
    {
        await _b.JoinAsync(_a);
        await _a.OnAsync(async () =>
        {
            await _a.Agent.Circle.ConfirmAsync(_b.Id, default);
            return true;
        });
    }

    private async Task<Delivery> SendAsync(bool online)
    {
        await JoinAsync();
        if (online)
        {
            await SetOnlineAsync();
        }
        _a.Clipboard.Copy(new ClipContent([TestContent.Text("hello")], Sensitivity.Normal));
        await UntilRowAsync(row => row.State == DeliveryState.Sent, "the clip to be sent");
        return (await RowAsync())!;
    }

    private async Task CopyUntilThereAsync(LoneAgent from, LoneAgent to, string text)
    {
        from.Clipboard.Copy(new ClipContent([TestContent.Text(text)], Sensitivity.Normal));
        await TestPairing.Until(
            async () =>
            {
                await from.CarryAsync(to);
                await to.CarryAsync(from);
                _time.Advance(TimeSpan.FromSeconds(1));
                return await to.OnAsync(() => to.Store.NewestClaimAsync(DateTimeOffset.MaxValue, default)) is { } newest
                    && newest.Clip.Preview == text;
            },
            $"\"{text}\" to arrive"
        );
    }

    private async Task PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        await _a.HousekeepAsync();
        await _b.HousekeepAsync();
    }

    private async Task SetAnswerAsync(SendStatus answer)
    {
        await _a.AskAsync(() => _a.Network.Answer = answer);
        await _b.AskAsync(() => _b.Network.Answer = answer);
    }

    /// <summary>Whether A's sessions with B know an ended one that began with this prekey.</summary>
    private Task<bool> RemembersAsync(byte[] prekey) =>
        _a.OnAsync(async () =>
        {
            var stored = await _a.Store.LoadSessionsAsync(_b.Id, default);
            Assert.True(PeerSessions.TryParse(stored!.Sessions.Span, out var sessions));
            using (sessions)
            {
                return sessions.PrekeyErased(prekey);
            }
        });

    private async Task SetOnlineAsync()
    {
        await _a.AskAsync(() =>
        {
            _a.Network.SetOnline(_b.Id, true);
            return true;
        });
        await TestPairing.Until(() => _a.AskAsync(() => _a.Agent.Presence.IsOnline(_b.Id)), "B to be seen");
    }

    private Task UntilRowAsync(Func<Delivery, bool> holds, string what) =>
        TestPairing.Until(async () => await RowAsync() is { } row && holds(row), what);

    private Task<Delivery?> RowAsync() =>
        _a.OnAsync(async () =>
            await _a.Store.NewestClaimAsync(DateTimeOffset.MaxValue, default) is { } clip
                ? (await _a.Store.DeliveriesOfClipAsync(clip.Clip.Id, default)).SingleOrDefault()
                : null
        );

    private Task<List<string>> PrekeysAsync() =>
        _a.AskAsync(() => _a.Agent.Device.Record.Prekeys.Select(prekey => Convert.ToHexString(prekey.Span)).ToList());
}
