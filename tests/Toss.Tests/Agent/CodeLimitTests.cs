using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Toss.Agent;
using Toss.Agent.Pairing;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Crypto.Pairing;
using Toss.Testing;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Tests.Core;
using Xunit;
using Limits = Toss.Wire.Limits;

namespace Toss.Tests.Agent;

/// <summary>How often a code may be guessed, by either side.</summary>
public sealed class CodeLimitTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SeededRandomSource _random = new(7);
    private LoneAgent _a = null!;
    private ulong _run;

    public async ValueTask InitializeAsync() => _a = await LoneAgent.StartAsync(1, _time);

    public async ValueTask DisposeAsync() => await _a.DisposeAsync();

    [Fact]
    public async Task A_device_that_has_added_as_many_as_it_may_shows_no_code()
    {
        await _a.AskAsync(() =>
        {
            var device = _a.Agent.Device;
            var adds = Enumerable
                .Range(0, Limits.AddsPerSigner)
                .Select(i =>
                    Toss.Core.Circle.Roster.SignAdd(
                        device.Key,
                        device.Circle.Id,
                        TestClips.Key((ulong)i + 100).PublicKey.Span,
                        device.Now
                    )
                );
            device.Circle = CircleChange.Of(device.Circle, adds, []).Preview;
            return true;
        });

        var refused = await Watchdog.Within(
            TestPairing.LastAsync(_a.Control.OpenPairingAsync(new OpenPairingRequest(true), default)),
            "the refusal"
        );

        Assert.Equal(ControlErrors.CircleFull, Assert.IsType<PairingFailed>(refused).Code);
    }

    [Fact]
    public async Task Ten_wrong_codes_in_an_hour_leave_only_the_link_for_the_rest_of_it()
    {
        foreach (var wrong in new[] { 3, 3, 3, 1 })
        {
            var (events, flow) = await OpenAsync();
            var opened = await NextAsync<PairingOpened>(events);
            for (var i = 0; i < wrong; i++)
            {
                await ProveAsync(await PlaceAsync(fromEnd: 1), Wrong(opened.Code!));
            }
            await Watchdog.Within(flow, "the code to be closed");
            Assert.Equal(ControlErrors.WrongCode, Last(events).Code);
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Null(await ShownCodeAsync());
        _time.Advance(TimeSpan.FromMinutes(46));
        Assert.NotNull(await ShownCodeAsync());
    }

    [Fact]
    public async Task A_wrong_proof_over_the_link_burns_nothing()
    {
        var (events, flow) = await OpenAsync();
        var opened = await NextAsync<PairingOpened>(events);
        var link = await PlaceAsync(fromEnd: 2);
        for (var i = 0; i < 12; i++)
        {
            // Its slot, by somebody who read it at the relay, and another secret.
            Assert.True(PairingCode.TryParse(opened.Uri, out var right));
            using var other = PairingCode.ForLink(right.Relay, null, _random);
            await ProveAsync(link, other);
        }

        Assert.False(flow.IsCompleted);
        await ProveAsync(await PlaceAsync(fromEnd: 1), Wrong(opened.Code!));
        Assert.Equal(2, (await NextAsync<PairingWarning>(events)).TriesLeft);
        _time.Advance(TimeSpan.FromMinutes(6));
        await Watchdog.Within(flow, "the code to expire");
    }

    [Fact]
    public void A_typed_code_is_good_for_three_runs_and_a_link_for_any()
    {
        var typed = new TypedCodes();
        var now = _time.GetUtcNow();
        Assert.True(PairingCode.TryParse("123-456 789", out var code));
        Assert.True(PairingCode.TryParse("123456788", out var other));
        using var link = PairingCode.ForLink(null, null, _random);

        Assert.All(Enumerable.Range(0, 3), _ => Assert.True(typed.TryBegin(code, now)));
        Assert.False(typed.TryBegin(code, now));
        Assert.True(typed.TryBegin(other, now));
        Assert.All(Enumerable.Range(0, 9), _ => Assert.True(typed.TryBegin(link, now)));
        Assert.False(typed.TryBegin(code, now.AddMinutes(59)));
        Assert.True(typed.TryBegin(code, now.AddMinutes(60)));
    }

    private async Task<string?> ShownCodeAsync()
    {
        var (events, flow) = await OpenAsync();
        var opened = await NextAsync<PairingOpened>(events);
        _time.Advance(TimeSpan.FromMinutes(6));
        await Watchdog.Within(flow, "the code to expire");
        return opened.Code;
    }

    private async Task<(ChannelReader<PairingEvent> Events, Task Flow)> OpenAsync()
    {
        var events = Channel.CreateUnbounded<PairingEvent>();
        var started = new TaskCompletionSource<Task>();
        await _a.AskAsync(() =>
        {
            started.SetResult(
                _a.Agent.Inviter.RunAsync(new OpenPairingRequest(AcceptAll: true), events.Writer, default)
            );
            return true;
        });
        return (events.Reader, await started.Task);
    }

    private Task<FakeRendezvous> PlaceAsync(int fromEnd) => _a.AskAsync(() => _a.Network.Places[^fromEnd]);

    /// <summary>Runs the joiner's side until the inviter says that the proof is wrong.</summary>
    private async Task ProveAsync(FakeRendezvous place, PairingCode code)
    {
        var run = ++_run;
        using var joiner = new PairingJoiner(code, _random);
        place.Say(run, joiner.Start());
        var share = await HearAsync(place);
        Assert.True(joiner.TryHandle(share.Payload!.Value.Span, out var proof));
        place.Say(run, proof);
        var told = await HearAsync(place);
        Assert.Equal(PairingFailure.WrongCode, PairingProblems.Read(told.Payload!.Value.Span));
    }

    private static async Task<RendezvousPayload> HearAsync(FakeRendezvous place) =>
        await Watchdog.Within(place.Outgoing.ReadAsync(), "the inviter's answer");

    private static async Task<T> NextAsync<T>(ChannelReader<PairingEvent> events)
        where T : PairingEvent => Assert.IsType<T>(await Watchdog.Within(events.ReadAsync(), typeof(T).Name));

    private static PairingFailed Last(ChannelReader<PairingEvent> events)
    {
        PairingEvent? last = null;
        while (events.TryRead(out var next))
        {
            last = next;
        }
        return Assert.IsType<PairingFailed>(last);
    }

    private static PairingCode Wrong(string code)
    {
        var last = code[^1] == '9' ? '0' : (char)(code[^1] + 1);
        Assert.True(PairingCode.TryParse(code[..^1] + last, out var wrong));
        return wrong;
    }
}
