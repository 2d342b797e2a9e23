using Toss.Control;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class PairingTests : TwoDevices
{
    [Fact]
    public async Task A_typed_code_makes_one_circle_of_two()
    {
        await PairAsync();

        var a = await A.Control.GetDevicesAsync(default);
        var b = await B.Control.GetDevicesAsync(default);
        Assert.Equal(a.Select(device => device.Id).Order(), b.Select(device => device.Id).Order());
        Assert.Equal(["Anna", "Bert"], a.Select(device => device.Name).Order());
        Assert.Equal("Anna", b.Single(device => device.Self == true) is { } self ? self.AddedBy : null);
    }

    [Fact]
    public async Task A_link_brings_the_relay_with_it()
    {
        await B.Control.SetConfigAsync("relay", null, default);

        var (_, joiner) = await TestPairing.PairAsync(A.Control, B.Control, opened => opened.Uri);

        Assert.True(joiner is PairingDone, joiner.ToString());
        Assert.Equal(RelayUrl, new Uri((await B.Control.GetStatusAsync(default)).Relay.Url!));
    }

    [Fact]
    public async Task Three_wrong_codes_close_the_code_and_the_right_one_fails_too()
    {
        await using var shown = A.Control.OpenPairingAsync(new OpenPairingRequest(true), default).GetAsyncEnumerator();
        Assert.True(await Watchdog.Within(shown.MoveNextAsync(), "the code"));
        var code = Assert.IsType<PairingOpened>(shown.Current).Code!;
        var ended = TestPairing.RestAsync(shown);

        for (var i = 1; i <= 3; i++)
        {
            var failed = Assert.IsType<PairingFailed>(
                await Watchdog.Within(
                    TestPairing.LastAsync(B.Control.JoinAsync(new JoinRequest(Wrong(code, i), null), default)),
                    "a wrong code"
                )
            );
            Assert.Equal(ControlErrors.WrongCode, failed.Code);
        }

        Assert.Equal(
            ControlErrors.WrongCode,
            Assert.IsType<PairingFailed>(await Watchdog.Within(ended, "the end")).Code
        );
        var late = await TestPairing.LastAsync(B.Control.JoinAsync(new JoinRequest(code, null), default));
        Assert.Equal(ControlErrors.WrongCode, Assert.IsType<PairingFailed>(late).Code);
        Assert.Single(await A.Control.GetDevicesAsync(default));
        Assert.Single(await B.Control.GetDevicesAsync(default));
    }

    [Fact]
    public async Task A_wrong_code_warns_and_the_right_one_still_works()
    {
        await using var shown = A.Control.OpenPairingAsync(new OpenPairingRequest(true), default).GetAsyncEnumerator();
        Assert.True(await Watchdog.Within(shown.MoveNextAsync(), "the code"));
        var code = Assert.IsType<PairingOpened>(shown.Current).Code!;

        await TestPairing.LastAsync(B.Control.JoinAsync(new JoinRequest(Wrong(code, 1), null), default));
        Assert.True(await Watchdog.Within(shown.MoveNextAsync(), "the warning"));
        Assert.Equal(2, Assert.IsType<PairingWarning>(shown.Current).TriesLeft);

        var joined = TestPairing.LastAsync(B.Control.JoinAsync(new JoinRequest(code, null), default));
        Assert.IsType<PairingDone>(await Watchdog.Within(TestPairing.RestAsync(shown), "the inviter"));
        Assert.IsType<PairingDone>(await Watchdog.Within(joined, "the joiner"));
    }

    [Fact]
    public async Task Nobody_is_added_without_a_yes()
    {
        await using var shown = A.Control.OpenPairingAsync(new OpenPairingRequest(false), default).GetAsyncEnumerator();
        Assert.True(await Watchdog.Within(shown.MoveNextAsync(), "the code"));
        var code = Assert.IsType<PairingOpened>(shown.Current).Code!;
        var joined = TestPairing.LastAsync(B.Control.JoinAsync(new JoinRequest(code, null), default));

        Assert.True(await Watchdog.Within(shown.MoveNextAsync(), "the question"));
        var question = Assert.IsType<PairingConfirm>(shown.Current);
        Assert.Equal("Bert", question.Name);
        Assert.Single(await A.Control.GetDevicesAsync(default));
        await A.Control.ConfirmPairingAsync(question.PairingId, false, default);

        Assert.Equal(
            ControlErrors.Declined,
            Assert.IsType<PairingFailed>(await Watchdog.Within(TestPairing.RestAsync(shown), "the end")).Code
        );
        Assert.Equal(
            ControlErrors.Declined,
            Assert.IsType<PairingFailed>(await Watchdog.Within(joined, "the joiner")).Code
        );
        Assert.Single(await A.Control.GetDevicesAsync(default));
        Assert.Single(await B.Control.GetDevicesAsync(default));
    }

    [Fact]
    public async Task Letting_go_withdraws_the_code()
    {
        string code;
        await using (var shown = A.Control.OpenPairingAsync(new OpenPairingRequest(true), default).GetAsyncEnumerator())
        {
            Assert.True(await Watchdog.Within(shown.MoveNextAsync(), "the code"));
            code = Assert.IsType<PairingOpened>(shown.Current).Code!;
        }

        var late = await Watchdog.Within(
            TestPairing.LastAsync(B.Control.JoinAsync(new JoinRequest(code, null), default)),
            "the refusal"
        );
        Assert.Equal(ControlErrors.WrongCode, Assert.IsType<PairingFailed>(late).Code);
    }

    [Fact]
    public async Task A_device_with_companions_has_to_leave_first()
    {
        await PairAsync();

        var again = await TestPairing.LastAsync(B.Control.JoinAsync(new JoinRequest("123-456789", null), default));

        Assert.Equal(ControlErrors.AlreadyPaired, Assert.IsType<PairingFailed>(again).Code);
    }

    [Fact]
    public async Task What_is_no_code_is_said_to_be_none()
    {
        var failed = await TestPairing.LastAsync(B.Control.JoinAsync(new JoinRequest("hello", null), default));

        Assert.Equal(ControlErrors.InvalidArgument, Assert.IsType<PairingFailed>(failed).Code);
    }

    [Fact]
    public async Task Unpairing_ends_it_on_both_sides()
    {
        await PairAsync();

        await A.Control.UnpairAsync("bert", [], default);

        Assert.Single(await A.Control.GetDevicesAsync(default));
        await TestPairing.Until(
            async () => (await B.Control.GetDevicesAsync(default)).Count == 1,
            "B to hear that it was removed"
        );
        A.Copy("for myself");
        await TestPairing.Until(
            async () => (await A.Control.GetHistoryAsync(null, 10, default)).Count == 1,
            "A's own history"
        );
        Assert.Empty((await A.Control.GetHistoryAsync(null, 1, default))[0].Deliveries);
    }

    [Fact]
    public async Task Leaving_tells_the_others_and_both_may_pair_again()
    {
        await PairAsync();

        await B.Control.LeaveAsync(default);

        await TestPairing.Until(
            async () => (await A.Control.GetDevicesAsync(default)).Count == 1,
            "A to hear that B left"
        );
        // A device that was revoked comes back only with a new key; the one that left founded a circle, and A may join that.
        var (inviter, _) = await TestPairing.PairAsync(B.Control, A.Control);
        Assert.IsType<PairingDone>(inviter);
    }

    private static string Wrong(string code, int by)
    {
        var digits = code.Where(char.IsAsciiDigit).ToArray();
        var secret = (int.Parse(digits.AsSpan(^6), System.Globalization.CultureInfo.InvariantCulture) + by) % 1_000_000;
        return new string(digits[..^6]) + secret.ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
    }
}
