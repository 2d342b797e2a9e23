using Bunit;
using Toss.Control;
using Toss.Ui.Pairing;
using Toss.Ui.State;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>Every state of pairing, on both sides.</summary>
public sealed class PairingScreenTests : ScreenBench
{
    private static readonly ScreenState alone = Live(Samples.Snapshot());

    [Fact]
    public void Before_anything_came_there_is_a_skeleton() =>
        Assert.NotNull(Show(ScreenState.Beginning).Find(".skeleton"));

    [Fact]
    public void A_code_is_shown_with_its_picture_and_its_time()
    {
        var pairing = Open();
        Assert.Equal("123-456 789", pairing.Find(".digits").TextContent);
        Assert.Equal("Code to scan with the other device", pairing.Find(".qr").GetAttribute("aria-label"));
        Assert.StartsWith("M4 4h7v1h-7z", pairing.Find(".qr path").GetAttribute("d"));
        Assert.Equal("5:00 left", pairing.Find("[role=timer]").TextContent);
        pairing.Does(() => Time.Advance(TimeSpan.FromSeconds(61)));
        pairing.Sees(() => Assert.Equal("3:59 left", pairing.Find("[role=timer]").TextContent));
        // Opening it is no consent: whoever comes is asked about.
        Assert.Equal(["pair yes=False"], Agent.Calls);
    }

    [Fact]
    public void Without_a_code_only_the_picture_is_good()
    {
        var pairing = Open(Samples.Opened with { Code = null });
        Assert.Empty(pairing.FindAll(".digits"));
        Assert.Contains("Too many wrong codes", pairing.Markup);
        Assert.NotNull(pairing.Find(".qr"));
    }

    [Fact]
    public void A_wrong_code_is_told_of()
    {
        var pairing = Open();
        Tell(new PairingWarning("a wrong code", 2));
        pairing.Sees(() => Assert.Contains("Tries left: 2", pairing.Find("[role=alert]").TextContent));
    }

    [Fact]
    public void Cancelling_withdraws_the_code()
    {
        var pairing = Open();
        pairing.FindAll("button").Single(button => button.TextContent == "Cancel").Click();
        pairing.Sees(() => Assert.Empty(pairing.FindAll(".qr")));
        Assert.Empty(pairing.FindAll("[role=alert]"));
    }

    [Theory]
    [InlineData("Add", true)]
    [InlineData("Do not add", false)]
    public void Who_comes_is_asked_about_by_name(string answer, bool accept)
    {
        var pairing = Open();
        Tell(new PairingConfirm("pairing-1", "<b>phone</b>", "CCCC DDDD"));
        pairing.Sees(() => Assert.Equal("Add <b>phone</b>?", pairing.Find(".question").TextContent));
        Assert.Contains("CCCC DDDD", pairing.Markup);
        pairing.FindAll("button").Single(button => button.TextContent == answer).Click();
        Assert.Equal($"confirm pairing-1 {accept}", Agent.Calls[^1]);
        Assert.Contains("The other device is told.", pairing.Markup);
        Assert.DoesNotContain(pairing.FindAll("button"), button => button.TextContent == "Add");
    }

    [Fact]
    public void Success_names_who_it_is()
    {
        var pairing = Open();
        Tell(new PairingDone("ID-B", "phone"));
        pairing.Sees(() => Assert.Contains("Paired with phone", pairing.Find(".success").TextContent));
        pairing.Find(".success button").Click();
        pairing.Sees(() =>
            Assert.Single(pairing.FindAll("button"), button => Squeeze(button.TextContent) == "Show a code")
        );
    }

    [Theory]
    [InlineData(ControlErrors.Expired, "The time for this code is over.")]
    [InlineData(ControlErrors.CircleFull, "No more devices can be added.")]
    [InlineData("another-day's", "Something went wrong in Toss.")]
    public void Why_not_is_said_and_another_code_offered(string code, string said)
    {
        var pairing = Open();
        Tell(new PairingFailed(code, "as the command line says it", null));
        pairing.Sees(() => Assert.Contains(said, pairing.Find("[role=alert]").TextContent));
        Assert.NotNull(pairing.FindAll("button").Single(button => Squeeze(button.TextContent) == "Show a new code"));
    }

    [Fact]
    public void Joining_takes_a_code()
    {
        var pairing = Show(alone);
        Assert.True(JoinButton(pairing).HasAttribute("disabled"));
        pairing.Find("#code").Input(" 123 456 789 ");
        pairing.Find("form").Submit();
        Assert.Equal(["join 123 456 789 relay="], Agent.Calls);
        Assert.Contains("Joining.", pairing.Markup);
        Assert.True(pairing.Find("#code").HasAttribute("disabled"));
        Tell(new PairingDone("ID-B", "phone"));
        pairing.Sees(() => Assert.Contains("Paired with phone", pairing.Markup));
    }

    [Theory]
    [InlineData(ControlErrors.WrongCode, "That was not the code.")]
    [InlineData(ControlErrors.Declined, "The other device said no.")]
    [InlineData(ControlErrors.NoRelay, "enter its relay")]
    [InlineData(ControlErrors.RelayUnreachable, "The relay is not reached.")]
    [InlineData(ControlErrors.UpdateNeeded, "different versions")]
    public void Why_it_did_not_join_is_said_and_the_code_stays(string code, string said)
    {
        var pairing = Show(alone);
        pairing.Find("#code").Input("123");
        pairing.Find("form").Submit();
        Tell(new PairingFailed(code, "as the command line says it", null));
        pairing.Sees(() => Assert.Contains(said, pairing.Find("[role=alert]").TextContent));
        pairing.Sees(() => Assert.False(JoinButton(pairing).HasAttribute("disabled")));
        Assert.Equal("123", pairing.Find("#code").GetAttribute("value"));
    }

    [Fact]
    public void Joining_can_be_given_up()
    {
        var pairing = Show(alone);
        pairing.Find("#code").Input("123");
        pairing.Find("form").Submit();
        pairing.FindAll("form button").Single(button => button.TextContent == "Cancel").Click();
        pairing.Sees(() => Assert.False(pairing.Find("#code").HasAttribute("disabled")));
    }

    [Fact]
    public void A_relay_is_asked_for_where_this_device_knows_none_and_no_link_says_it()
    {
        Assert.Empty(Show(alone).FindAll("#relay"));
        var without = Samples.Snapshot() with { Relay = new RelayStatus(null, "none", null) };
        var pairing = Show(Live(without));
        pairing.Find("#relay").Input(" wss://relay.example ");
        pairing.Find("#code").Input("toss://pair#abc");
        Assert.Empty(pairing.FindAll("#relay"));
        pairing.Find("#code").Input("123");
        pairing.Find("form").Submit();
        Assert.Equal(["join 123 relay=wss://relay.example"], Agent.Calls);
    }

    [Fact]
    public void A_link_in_the_address_is_filled_in_and_joins_only_when_asked()
    {
        Page.Setup<string?>("takeLink").SetResult("toss://pair#abc");
        var pairing = Show(alone);
        pairing.Sees(() => Assert.Equal("toss://pair#abc", pairing.Find("#code").GetAttribute("value")));
        Assert.Empty(Agent.Calls);
    }

    [Fact]
    public void Without_a_camera_none_is_offered_and_with_one_what_it_sees_joins()
    {
        Assert.DoesNotContain("Scan with the camera", Show(alone).Markup);
        Page.Setup<bool>("hasCamera").SetResult(true);
        var seen = Page.Setup<string?>("scan", _ => true);
        var pairing = Show(alone);
        pairing.SeesElement("form .actions button:nth-child(2)").Click();
        pairing.SeesElement("video");
        seen.SetResult("toss://pair#seen");
        pairing.Sees(() => Assert.Equal(["join toss://pair#seen relay="], Agent.Calls));
    }

    [Fact]
    public void A_camera_that_may_not_be_used_is_said_to_be()
    {
        Page.Setup<bool>("hasCamera").SetResult(true);
        Page.Setup<string?>("scan", _ => true).SetException(new Microsoft.JSInterop.JSException("NotAllowedError"));
        var pairing = Show(alone);
        pairing.SeesElement("form .actions button:nth-child(2)").Click();
        pairing.Sees(() => Assert.Contains("The camera could not be used.", pairing.Find("[role=alert]").TextContent));
    }

    [Fact]
    public void Who_has_companions_can_add_and_not_join()
    {
        var pairing = Show(Live(Samples.Snapshot(null, Samples.Phone)));
        Assert.Empty(pairing.FindAll("form"));
        Assert.Contains("This device is paired already.", pairing.Markup);
    }

    [Fact]
    public void Without_the_agent_nothing_begins()
    {
        var pairing = Show(alone with { Stream = StreamState.Lost });
        Assert.All(pairing.FindAll("button"), button => Assert.True(button.HasAttribute("disabled")));
    }

    private IRenderedComponent<PairingScreen> Show(ScreenState state) =>
        Render<PairingScreen>(parameters => parameters.Add(pairing => pairing.State, state));

    private IRenderedComponent<PairingScreen> Open(PairingOpened? opened = null)
    {
        var pairing = Show(alone);
        pairing.FindAll("button").Single(button => Squeeze(button.TextContent) == "Show a code").Click();
        Tell(opened ?? Samples.Opened);
        pairing.SeesElement(".qr");
        return pairing;
    }

    private void Tell(PairingEvent told) => Agent.Pairing.Writer.TryWrite(told);

    private static AngleSharp.Dom.IElement JoinButton(IRenderedComponent<PairingScreen> pairing) =>
        pairing.Find("form button[type=submit]");
}
