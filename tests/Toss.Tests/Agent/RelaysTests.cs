using System.Net;
using Toss.Control;
using Toss.Relay;
using Toss.Relay.Hosting;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>Real sockets, real stores, and two relays: one open, the other with a token.</summary>
public sealed class RelaysTests : IAsyncLifetime
{
    private const string Token = "let me in";

    private readonly TemporaryFolder _folder = new();
    private RelayServer? _open;
    private RelayServer _guarded = null!;
    private TestAgent _a = null!;
    private TestAgent _b = null!;

    private RelayServer Open => _open!;

    public async ValueTask InitializeAsync()
    {
        _open = await StartRelayAsync("open", RelayRules.Default);
        _guarded = await StartRelayAsync("guarded", RelayRules.Default with { Token = Token });
        _a = await TestAgent.StartAsync(_folder["a"], "Anna", Open.Url);
        _b = await TestAgent.StartAsync(_folder["b"], "Bert");
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        await StopOpenAsync();
        await _guarded.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_token_of_a_home_lets_the_companions_in_there()
    {
        await _b.Control.SetConfigAsync("relay-token", Token, default);
        await _b.Control.SetConfigAsync("relay", _guarded.Url.AbsoluteUri, default);
        await PairByLinkAsync();
        Assert.Equal(_guarded.Url.AbsoluteUri, await HomeAsync(_b));

        await SettleAsync(_b, _a);
        // Each is at the other's relay as well, and says so.
        await TestPairing.Until(
            async () =>
                await OthersAsync(_a) == $"{_guarded.Url.AbsoluteUri} connected"
                && await OthersAsync(_b) == $"{Open.Url.AbsoluteUri} connected",
            "both to be at both"
        );
        await StopOpenAsync();

        _a.Copy("through the relay that wants a token");
        await TestPairing.UntilClipboard(_b.Control, "through the relay that wants a token");
        _b.Copy("and back");
        await TestPairing.UntilClipboard(_a.Control, "and back");
    }

    [Fact]
    public async Task Moving_to_a_relay_with_a_token_takes_the_companions_along()
    {
        await PairByLinkAsync();

        await _a.Control.SetConfigAsync("relay", _guarded.Url.AbsoluteUri, default);
        await TestPairing.Until(
            async () => (await _a.Control.GetStatusAsync(default)).Relay.State == "refused",
            "the relay to want a token"
        );
        _a.Copy("by the former relay");
        await TestPairing.UntilClipboard(_b.Control, "by the former relay");
        await _a.Control.SetConfigAsync("relay-token", Token, default);

        await SettleAsync(_a, _b);
        await StopOpenAsync();
        _a.Copy("by the new one");
        await TestPairing.UntilClipboard(_b.Control, "by the new one");
        _b.Copy("and back");
        await TestPairing.UntilClipboard(_a.Control, "and back");
    }

    [Fact]
    public async Task A_newcomer_takes_the_circles_relay_and_that_of_the_next_circle()
    {
        await PairByLinkAsync();
        Assert.Equal(Open.Url.AbsoluteUri, await HomeAsync(_b));
        await _b.Control.LeaveAsync(default);
        await TestPairing.Until(
            async () => (await _a.Control.GetDevicesAsync(default)).Count == 1,
            "A to hear that B left"
        );
        await using var c = await TestAgent.StartAsync(_folder["c"], "Carl");
        await c.Control.SetConfigAsync("relay-token", Token, default);
        await c.Control.SetConfigAsync("relay", _guarded.Url.AbsoluteUri, default);

        var (_, joined) = await TestPairing.PairAsync(c.Control, _b.Control, opened => opened.Uri);

        Assert.IsType<PairingDone>(joined);
        Assert.Equal(_guarded.Url.AbsoluteUri, await HomeAsync(_b));
    }

    [Fact]
    public async Task A_relay_given_with_a_link_is_the_newcomers_own_and_a_pairing_that_fails_leaves_none()
    {
        await using var shown = _a
            .Control.OpenPairingAsync(new OpenPairingRequest(false), default)
            .GetAsyncEnumerator();
        Assert.True(await Watchdog.Within(shown.MoveNextAsync(), "the code"));
        var link = Assert.IsType<PairingOpened>(shown.Current).Uri;
        var joining = TestPairing.LastAsync(
            _b.Control.JoinAsync(new JoinRequest(link, _guarded.Url.AbsoluteUri), default)
        );
        Assert.True(await Watchdog.Within(shown.MoveNextAsync(), "the question"));
        await _a.Control.ConfirmPairingAsync(Assert.IsType<PairingConfirm>(shown.Current).PairingId, false, default);
        Assert.IsType<Toss.Control.PairingFailed>(await Watchdog.Within(joining, "the joiner"));
        Assert.Null(await HomeAsync(_b));

        var (_, joined) = await TestPairing.PairAsync(
            _a.Control,
            _b.Control,
            opened => opened.Uri,
            _guarded.Url.AbsoluteUri
        );
        Assert.IsType<PairingDone>(joined);
        Assert.Equal(_guarded.Url.AbsoluteUri, await HomeAsync(_b));
    }

    private async Task StopOpenAsync()
    {
        if (_open is { } relay)
        {
            _open = null;
            await relay.DisposeAsync();
        }
    }

    private async Task PairByLinkAsync()
    {
        var (inviter, joiner) = await TestPairing.PairAsync(_a.Control, _b.Control, opened => opened.Uri);
        Assert.IsType<PairingDone>(inviter);
        Assert.IsType<PairingDone>(joiner);
    }

    /// <summary>The one whose home is the guarded relay is seen there, which takes that both know each other's mailbox there.</summary>
    private static Task SettleAsync(TestAgent resident, TestAgent other) =>
        TestPairing.Until(
            async () =>
            {
                var id = (await resident.Control.GetStatusAsync(default)).Device.Id;
                return DeviceId.TryParse(id, out var device)
                    && other.Network.PathTo(device)?.Relay?.AbsoluteUri == await HomeAsync(resident);
            },
            "both to be at the guarded relay"
        );

    private static async Task<string?> HomeAsync(TestAgent agent) =>
        (await agent.Control.GetStatusAsync(default)).Relay.Url;

    private static async Task<string> OthersAsync(TestAgent agent) =>
        string.Join(
            ", ",
            (await agent.Control.GetStatusAsync(default)).OtherRelays.Select(other => $"{other.Url} {other.State}")
        );

    private Task<RelayServer> StartRelayAsync(string name, RelayRules rules)
    {
        Directory.CreateDirectory(_folder[name]);
        return RelayServer.StartAsync(
            _folder[name],
            new IPEndPoint(IPAddress.Loopback, 0),
            udp: null,
            certificate: null,
            rules,
            TimeProvider.System,
            verbose: false
        );
    }
}
