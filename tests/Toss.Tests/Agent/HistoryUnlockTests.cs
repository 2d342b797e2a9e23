using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Agent;
using Toss.Control;
using Toss.Core.Ports;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>`toss history --keep`, with a login that a test plays.</summary>
public sealed class HistoryUnlockTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private LoneAgent _a = null!;

    public async ValueTask InitializeAsync()
    {
        _a = await LoneAgent.StartAsync(1, _time);
        await _a.Control.CopyAsync("text/plain", new MemoryStream("shared"u8.ToArray()), false, default);
        await LockAsync();
    }

    public async ValueTask DisposeAsync() => await _a.DisposeAsync();

    [Fact]
    public async Task With_the_password_what_was_locked_is_shown_again_and_not_erased()
    {
        Assert.Equal(
            ControlErrors.HistoryLocked,
            await RefusalAsync(() => _a.Control.GetHistoryAsync(null, 9, default))
        );

        await KeepAsync(_a.Login.Password);

        Assert.Single(await _a.Control.GetHistoryAsync(null, 9, default));
        _time.Advance(HistoryLock.Until + TimeSpan.FromHours(1));
        await _a.HousekeepAsync();
        Assert.Single(await _a.Control.GetHistoryAsync(null, 9, default));
        Assert.Equal(ControlErrors.Empty, await RefusalAsync(() => KeepAsync(_a.Login.Password)));
    }

    [Fact]
    public async Task A_wrong_password_unlocks_nothing_and_does_not_put_off_the_end()
    {
        Assert.Equal(ControlErrors.WrongPassword, await RefusalAsync(() => KeepAsync("open barley")));

        Assert.Equal(
            ControlErrors.HistoryLocked,
            await RefusalAsync(() => _a.Control.GetHistoryAsync(null, 9, default))
        );
        _time.Advance(HistoryLock.Until);
        await _a.HousekeepAsync();
        Assert.Empty(await _a.Control.GetHistoryAsync(null, 9, default));
    }

    [Fact]
    public async Task Five_wrong_passwords_end_the_asking_for_an_hour()
    {
        for (var i = 0; i < HistoryUnlock.Tries; i++)
        {
            Assert.Equal(ControlErrors.WrongPassword, await RefusalAsync(() => KeepAsync($"wrong {i}")));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(ControlErrors.TooManyTries, await RefusalAsync(() => KeepAsync(_a.Login.Password)));
        Assert.Equal(HistoryUnlock.Tries, _a.Login.Asked);
        // As soon as the first of them is an hour old.
        _time.Advance(HistoryUnlock.Memory - TimeSpan.FromMinutes(HistoryUnlock.Tries));
        await KeepAsync(_a.Login.Password);
    }

    /// <summary>Whoever hangs up, or asks twice at once, gets no more tries by that.</summary>
    [Fact]
    public async Task One_password_is_asked_at_a_time_and_each_counts()
    {
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        _a.Login.WhileAsked = () =>
        {
            asked.SetResult();
            return answer.Task;
        };
        var first = RefusalAsync(() => KeepAsync("wrong"));
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(ControlErrors.Busy, await RefusalAsync(() => KeepAsync(_a.Login.Password)));
        answer.SetResult();
        Assert.Equal(ControlErrors.WrongPassword, await first);

        _a.Login.WhileAsked = null;
        for (var i = 1; i < HistoryUnlock.Tries; i++)
        {
            Assert.Equal(ControlErrors.WrongPassword, await RefusalAsync(() => KeepAsync($"wrong {i}")));
        }
        Assert.Equal(ControlErrors.TooManyTries, await RefusalAsync(() => KeepAsync(_a.Login.Password)));
        Assert.Equal(HistoryUnlock.Tries, _a.Login.Asked);
    }

    [Fact]
    public async Task A_system_that_cannot_be_asked_says_so()
    {
        _a.Login.Says = new LoginResult(LoginStatus.Unavailable, "no login service");

        for (var i = 0; i <= HistoryUnlock.Tries; i++)
        {
            Assert.Equal(ControlErrors.LoginUnavailable, await RefusalAsync(() => KeepAsync("whatever")));
        }
        // Nobody looked at a password, so none of them counted.
        _a.Login.Says = null;
        await KeepAsync(_a.Login.Password);
    }

    [Fact]
    public async Task What_was_erased_while_the_login_was_asked_is_not_said_to_be_kept()
    {
        var erased = false;
        _a.Login.WhileAsked = async () =>
        {
            var locked = HistoryLock.In(_a.Agent.Device.Record)[0];
            erased = await _a.Agent.Keeper.EraseHistoryAsync(locked, new BlobSweep(_a.Agent.Ports), default);
        };

        Assert.Equal(ControlErrors.Empty, await RefusalAsync(() => KeepAsync(_a.Login.Password)));
        Assert.True(erased);
        Assert.Empty(await _a.Control.GetHistoryAsync(null, 9, default));
    }

    /// <summary>The end of the day and the password may come at the same time: who kept it first has kept it.</summary>
    [Fact]
    public async Task What_was_kept_while_its_end_came_is_not_erased()
    {
        var erased = await _a.OnAsync(async () =>
        {
            var locked = HistoryLock.In(_a.Agent.Device.Record)[0];
            await _a.Agent.Unlock.KeepAsync(Encoding.UTF8.GetBytes(_a.Login.Password));
            return await _a.Agent.Keeper.EraseHistoryAsync(locked, new BlobSweep(_a.Agent.Ports), default);
        });

        Assert.False(erased);
        Assert.Single(await _a.Control.GetHistoryAsync(null, 9, default));
    }

    private Task KeepAsync(string password) => _a.Control.KeepHistoryAsync(Encoding.UTF8.GetBytes(password), default);

    /// <summary>As if others had removed this device from the circle it copied in.</summary>
    private Task<bool> LockAsync() =>
        _a.OnAsync(async () =>
        {
            await _a.Agent.Keeper.ChangeAsync(
                record =>
                    record with
                    {
                        Settings = new Dictionary<string, string>(
                            record.Settings.Append(HistoryLock.Of(_a.Agent.Device.Circle.Id, _a.Agent.Device.Now))
                        ),
                    },
                default
            );
            return true;
        });

    private static async Task<string> RefusalAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<ControlException>(call)).Code;
}
