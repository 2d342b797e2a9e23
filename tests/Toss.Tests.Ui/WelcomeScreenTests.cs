using Bunit;
using Toss.Control;
using Toss.Ui.State;
using Toss.Ui.Welcome;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>Every state of the first run: what is there, what is missing, and how it ends.</summary>
public sealed class WelcomeScreenTests : ScreenBench
{
    private static readonly DoctorCheck[] works =
    [
        new("interfaces", DoctorCheck.Ok, "up", "in English"),
        new("udp", DoctorCheck.Ok, "works", "in English"),
        new("multicast", DoctorCheck.Ok, "works", "in English"),
    ];

    private static readonly DoctorCheck deaf = new(
        "multicast",
        DoctorCheck.Warning,
        "deaf",
        "in English",
        "in English"
    );

    private static readonly AgentSnapshot alone = Samples.Snapshot() with { Config = Samples.Config };

    private static readonly AgentSnapshot without = alone with { Relay = new RelayStatus(null, "none", null) };

    [Fact]
    public void Before_anything_came_it_is_homes_skeleton() =>
        Assert.NotNull(Show(ScreenState.Beginning).Find(".skeleton"));

    [Fact]
    public void With_another_device_it_is_home()
    {
        var place = Show(Live(Samples.Snapshot(Samples.Text, Samples.Phone)));
        Assert.Equal("Home", place.Find("h1").TextContent);
        Assert.Empty(Agent.Calls);
    }

    [Fact]
    public void While_it_looks_it_says_so_and_pairing_can_begin()
    {
        Agent.Hold("doctor");
        var place = Show(Live(alone));
        Assert.Contains("Looking at the network", place.Markup);
        Assert.Contains(place.FindAll("button"), button => Squeeze(button.TextContent) == "Show a code");
        Agent.Checks = works;
        // Nothing opens later, and moves what somebody is about to press.
        Assert.False(place.Find("details.more").HasAttribute("open"));
        Assert.True(Show(Live(without)).Find("details.more").HasAttribute("open"));
        Agent.Release();
        place.Sees(() => Assert.DoesNotContain("Looking at the network", place.Markup));
    }

    [Theory]
    [InlineData(true, true, "All is well")]
    [InlineData(true, false, "Devices in this network are found.")]
    [InlineData(false, true, "not in this network by itself")]
    [InlineData(false, false, "No other device can be found from here")]
    public void What_is_there_and_what_is_missing_is_said(bool nearby, bool relay, string said)
    {
        Agent.Checks = nearby ? works : [.. works[..2], deaf];
        var place = Show(Live(relay ? alone : without));
        Assert.Contains(said, place.Find(".checks").TextContent);
        Assert.Equal(nearby && relay ? 0 : 1, place.FindAll(".checks .note.warn, .checks .note.bad").Count(IsVerdict));
        Assert.Equal(!nearby, place.Markup.Contains("Allow UDP port 5353 in", StringComparison.Ordinal));
        // Who has a relay is not asked for one.
        Assert.Equal(!relay, place.Find("details.more").HasAttribute("open"));
        Assert.DoesNotContain("in English", place.Markup);

        static bool IsVerdict(AngleSharp.Dom.IElement note) => note.QuerySelector(".next") is null;
    }

    [Fact]
    public void A_relay_that_is_set_and_not_reached_is_said_with_the_next_step()
    {
        Agent.Checks = [.. works, new("relay", DoctorCheck.Problem, "unknown-name", "in English", "in English")];
        var place = Show(Live(alone with { Relay = new RelayStatus("wss://r", "unreachable", null) }));
        Assert.Contains("Check the spelling", place.Find(".checks .note.bad .next").TextContent);
    }

    [Fact]
    public void It_looks_again_when_asked_and_when_the_relay_is_another()
    {
        Agent.Checks = works;
        var place = Show(Live(without));
        place.FindAll("button").Single(button => button.TextContent == "Look again").Click();
        Assert.Equal(2, Agent.Calls.Count(call => call == "doctor"));
        var connecting = alone with { Relay = new RelayStatus("wss://r", "connecting", null) };
        place.Render(parameters => parameters.Add(one => one.State, Live(connecting)));
        Assert.Equal(2, Agent.Calls.Count(call => call == "doctor"));
        place.Render(parameters => parameters.Add(one => one.State, Live(alone)));
        place.Sees(() => Assert.Equal(3, Agent.Calls.Count(call => call == "doctor")));
        Assert.Contains("All is well", place.Markup);
    }

    [Fact]
    public void A_look_that_fails_is_said_and_pairing_goes_on()
    {
        Agent.Fail = new ControlException(ControlErrors.Internal, "in English");
        var place = Show(Live(alone));
        Assert.Contains("Something went wrong", place.Find(".checks").TextContent);
        Assert.Contains(place.FindAll("button"), button => Squeeze(button.TextContent) == "Show a code");
    }

    /// <summary>The pairing goes on until the other side knows: nothing lets go of it before.</summary>
    [Fact]
    public void It_ends_with_two_devices_and_the_pairing_is_not_broken_off()
    {
        Agent.Checks = works;
        var place = Show(Live(alone));
        place.FindAll("button").Single(button => Squeeze(button.TextContent) == "Show a code").Click();
        Agent.Pairing.Writer.TryWrite(Samples.Opened);
        place.SeesElement(".digits");
        place.Render(parameters => parameters.Add(one => one.State, Live(Samples.Snapshot(null, Samples.Phone))));
        Assert.Equal("Paired with phone", place.Find(".success h2").TextContent);
        Assert.True(place.Find(".columns").HasAttribute("hidden"));
        Assert.NotNull(place.Find(".digits"));
        place.FindAll("button").Single(button => button.TextContent == "Go to Home").Click();
        Assert.Equal("Home", place.Find("h1").TextContent);
    }

    [Fact]
    public void One_can_look_around_first()
    {
        Agent.Checks = works;
        var place = Show(Live(alone));
        Assert.Equal("Welcome to Toss", place.Find("h1").TextContent);
        place.FindAll("button").Single(button => button.TextContent == "Later").Click();
        Assert.Equal("Home", place.Find("h1").TextContent);
        place.Render(parameters => parameters.Add(one => one.State, Live(without)));
        Assert.Equal("Home", place.Find("h1").TextContent);
    }

    private IRenderedComponent<FirstPlace> Show(ScreenState state) =>
        Render<FirstPlace>(parameters => parameters.Add(screen => screen.State, state));
}
