using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class SettingsTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private LoneAgent _a = null!;

    private IControl Control => _a.Control;

    public async ValueTask InitializeAsync() => _a = await LoneAgent.StartAsync(1, _time);

    public async ValueTask DisposeAsync() => await _a.DisposeAsync();

    [Fact]
    public async Task A_setting_is_used_reported_and_taken_back()
    {
        var set = await Control.SetConfigAsync("history-days", "007", default);

        Assert.Equal(("7", "90"), (set.Value, set.Default));
        Assert.Equal(TimeSpan.FromDays(7), await _a.AskAsync(() => _a.Agent.Settings.Retention.Age));
        Assert.Equal("7", (await _a.OnAsync(() => _a.Store.LoadDeviceAsync(default)))!.Settings["history-days"]);
        Assert.Equal("90", (await Control.SetConfigAsync("history-days", null, default)).Value);
        Assert.Equal(TimeSpan.FromDays(90), await _a.AskAsync(() => _a.Agent.Settings.Retention.Age));
    }

    [Theory]
    [InlineData("history-days", "0")]
    [InlineData("history-days", "36501")]
    [InlineData("history-days", "-1")]
    [InlineData("history-days", "1.5")]
    [InlineData("history-days", " 7")]
    [InlineData("history-days", "")]
    [InlineData("max-size", "4097")]
    [InlineData("history-size", "99999999999999999999")]
    [InlineData("relay-token", "line\nbreak")]
    [InlineData("relay", "https://relay.example")]
    [InlineData("relay", "ws://relay.example")]
    [InlineData("no-such", "1")]
    public async Task What_is_not_valid_is_refused_by_name_and_changes_nothing(string key, string value)
    {
        var before = await Control.GetConfigAsync(default);

        var refused = await Assert.ThrowsAsync<ControlException>(() => Control.SetConfigAsync(key, value, default));

        Assert.Equal(ControlErrors.InvalidConfig, refused.Code);
        Assert.StartsWith(key + ":", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await Control.GetConfigAsync(default));
    }

    /// <summary>Screens have a name and a sentence for each, and show it by its kind.</summary>
    [Fact]
    public async Task Every_setting_has_its_key_and_says_what_its_values_are()
    {
        var config = await Control.GetConfigAsync(default);

        var keys = typeof(ConfigKeys).GetFields().Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(keys.Order(), config.Select(entry => entry.Key).Order());
        Assert.All(config.Where(entry => entry.Kind == "number"), entry => Assert.True(entry.Lowest < entry.Highest));
        Assert.All(config, entry => Assert.Equal(entry.Kind == "number", entry.Unit is not null));
        Assert.All(config, entry => Assert.Equal(entry.Kind == "choice", entry.Choices is [_, _, ..]));
        Assert.All(
            config.Where(entry => entry.Kind == "switch"),
            entry => Assert.Contains(entry.Default, new[] { "on", "off" })
        );
        Assert.Equal("dark", (await Control.SetConfigAsync(ConfigKeys.Theme, "dark", default)).Value);
        await Assert.ThrowsAsync<ControlException>(() => Control.SetConfigAsync(ConfigKeys.Theme, "pink", default));
    }

    [Fact]
    public async Task A_stored_value_out_of_bounds_counts_as_the_default()
    {
        await _a.OnAsync(async () =>
        {
            await _a.Agent.Keeper.ChangeAsync(
                record => record with { Settings = new Dictionary<string, string> { ["max-size"] = "100000" } },
                default
            );
            return true;
        });

        Assert.Equal(Limits.Content, await _a.AskAsync(() => _a.Agent.Settings.MaxContent));
    }

    [Fact]
    public async Task Settings_changed_at_once_are_both_kept()
    {
        await Task.WhenAll(
            Control.SetConfigAsync("history-days", "3", default),
            Control.SetConfigAsync("history-clips", "5", default)
        );

        var retention = await _a.AskAsync(() => _a.Agent.Settings.Retention);
        Assert.Equal((5, TimeSpan.FromDays(3)), (retention.Clips, retention.Age));
    }

    [Fact]
    public async Task The_token_is_never_shown()
    {
        var set = await Control.SetConfigAsync("relay-token", "s3cret", default);

        Assert.Equal("(set)", set.Value);
        Assert.Equal("s3cret", await _a.AskAsync(() => _a.Agent.Device.Record.RelayToken));
        Assert.Equal("", (await Control.SetConfigAsync("relay-token", "", default)).Value);
        Assert.Null(await _a.AskAsync(() => _a.Agent.Device.Record.RelayToken));
    }

    [Fact]
    public async Task A_device_with_companions_may_move_to_another_relay_but_not_to_none()
    {
        await using var b = await LoneAgent.StartAsync(2, _time);
        await b.JoinAsync(_a);

        var refused = await Assert.ThrowsAsync<ControlException>(() => Control.SetConfigAsync("relay", "", default));
        Assert.Equal(ControlErrors.InvalidConfig, refused.Code);
        var moved = await Control.SetConfigAsync("relay", "wss://other.example", default);
        Assert.Equal("wss://other.example/", moved.Value);
    }

    [Theory]
    [InlineData("toss", "update Toss on this device")]
    [InlineData("toss-relay", "update toss-relay")]
    [InlineData(null, "update the older side")]
    public async Task Status_says_which_program_to_update(string? update, string said)
    {
        await _a.AskAsync(() =>
        {
            _a.Network.Say(
                new RelayStateChanged(LoneAgent.Relay, RelayState.Refused, RelayRefusal.Version) { Update = update }
            );
            return true;
        });

        await Toss.Testing.Agents.TestPairing.Until(
            async () =>
                (await Control.GetStatusAsync(default)).Relay.Detail?.EndsWith(said, StringComparison.Ordinal) == true,
            "the status to say it"
        );
    }
}
