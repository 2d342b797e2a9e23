using Microsoft.Extensions.Time.Testing;
using Toss.Control;
using Toss.Core.Ports;
using Xunit;

namespace Toss.Tests.Agent.Examination;

/// <summary>`toss relay test`: what each outcome means, and that a token goes to the relay that it is for.</summary>
public sealed class RelayTrialTests : IAsyncLifetime
{
    private static readonly Uri other = new("wss://other.example/");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private LoneAgent _a = null!;

    public async ValueTask InitializeAsync() => _a = await LoneAgent.StartAsync(1, _time);

    public async ValueTask DisposeAsync() => await _a.DisposeAsync();

    [Theory]
    [InlineData(RelayReach.UnknownName, null, "unknown-name")]
    [InlineData(RelayReach.Silent, null, "silent")]
    [InlineData(RelayReach.Certificate, null, "certificate")]
    [InlineData(RelayReach.NotARelay, null, "not-a-relay")]
    [InlineData(RelayReach.Reached, null, "not-admitted")]
    [InlineData(RelayReach.Reached, RelayRefusal.Token, "token")]
    [InlineData(RelayReach.Reached, RelayRefusal.Version, "version-toss")]
    [InlineData(RelayReach.Reached, RelayRefusal.Replaced, "replaced")]
    [InlineData(RelayReach.Reached, RelayRefusal.Other, "other")]
    public async Task What_stands_in_the_way_has_a_code_and_a_next_step(
        RelayReach reach,
        RelayRefusal? refusal,
        string code
    )
    {
        var update = refusal == RelayRefusal.Version ? "toss" : null;
        _a.Network.Trial = new RelayTrial(reach, false, refusal, update, TimeSpan.Zero, null);

        var found = await _a.Control.TestRelayAsync(new RelayTestRequest(other.AbsoluteUri, null), default);

        Assert.Equal(("relay", code), (found.Subject, found.Code));
        Assert.StartsWith("other.example: ", found.Message, StringComparison.Ordinal);
        Assert.NotEqual(DoctorCheck.Ok, found.State);
        Assert.NotNull(found.Next);
    }

    [Fact]
    public async Task One_that_lets_in_is_well()
    {
        var found = await _a.Control.TestRelayAsync(new RelayTestRequest(other.AbsoluteUri, "letmein"), default);

        Assert.Equal((DoctorCheck.Ok, "admitted", null), (found.State, found.Code, found.Next));
        Assert.Equal(12, found.Figures!["tookMs"]);
        Assert.Equal([(other, "letmein")], _a.Network.Tried);
    }

    [Fact]
    public async Task The_stored_token_is_for_the_relay_of_this_device_alone()
    {
        await _a.Control.SetConfigAsync(ConfigKeys.Relay, null, default);
        Assert.Equal("none", (await _a.Control.TestRelayAsync(new RelayTestRequest(null, null), default)).Code);
        await _a.Control.SetConfigAsync(ConfigKeys.Relay, LoneAgent.Relay.AbsoluteUri, default);
        await _a.Control.SetConfigAsync(ConfigKeys.RelayToken, "mine", default);

        await _a.Control.TestRelayAsync(new RelayTestRequest(null, null), default);
        await _a.Control.TestRelayAsync(new RelayTestRequest(LoneAgent.Relay.AbsoluteUri, "new"), default);
        await _a.Control.TestRelayAsync(new RelayTestRequest(other.AbsoluteUri, null), default);

        Assert.Equal([(LoneAgent.Relay, "mine"), (LoneAgent.Relay, "new"), (other, null)], _a.Network.Tried);
    }

    [Fact]
    public async Task What_is_no_address_is_refused()
    {
        var refused = await Assert.ThrowsAsync<ControlException>(() =>
            _a.Control.TestRelayAsync(new RelayTestRequest("https://relay.example", null), default)
        );
        Assert.Equal(ControlErrors.InvalidConfig, refused.Code);
        Assert.Empty(_a.Network.Tried);
    }
}
