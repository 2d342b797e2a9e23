using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Toss.Control;
using Toss.Ui;
using Toss.Ui.Shell;
using Toss.Ui.State;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>The shell around the screens.</summary>
public sealed class ShellTests : ScreenBench
{
    [Theory]
    [InlineData("", ScreenName.Home)]
    [InlineData("?x=1", ScreenName.Home)]
    [InlineData("pair", ScreenName.Pairing)]
    [InlineData("pair/", ScreenName.Pairing)]
    [InlineData("pair#toss%3A%2F%2Fpair", ScreenName.Pairing)]
    [InlineData("history", ScreenName.History)]
    [InlineData("devices", ScreenName.Devices)]
    [InlineData("settings", ScreenName.Settings)]
    [InlineData("pairs", ScreenName.Nowhere)]
    [InlineData("PAIR", ScreenName.Nowhere)]
    public void Addresses_lead_to_screens(string address, ScreenName screen) =>
        Assert.Equal(screen, ScreenPlace.Of(address).Screen);

    [Fact]
    public void The_bar_says_where_one_is()
    {
        var app = Render<App>();
        Agent.Tell(Samples.Snapshot());
        app.SeesElement(".self");
        Assert.Equal("Home", Squeeze(app.Find("nav a[aria-current=page]").TextContent));
        Services.GetRequiredService<NavigationManager>().NavigateTo("/pair");
        app.Sees(() => Assert.Equal("Pair", Squeeze(app.Find("nav a[aria-current=page]").TextContent)));
        Assert.Equal("Pair", app.Find("h1").TextContent);
        Services.GetRequiredService<NavigationManager>().NavigateTo("/elsewhere");
        app.Sees(() => Assert.Equal("There is nothing here", app.Find("h1").TextContent));
    }

    [Fact]
    public void A_screen_that_breaks_says_so_and_the_bar_is_still_there()
    {
        var app = Render<App>();
        Agent.Tell(Samples.Snapshot() with { Warnings = null! });
        app.Sees(() => Assert.Contains("This screen broke", app.Find("[role=alert]").TextContent));
        Assert.NotNull(app.Find("nav a[href='/pair']"));
    }

    [Fact]
    public void The_page_looks_as_the_agent_says()
    {
        var app = Render<App>();
        var dark = Samples.Config.Select(entry =>
            entry.Key == ConfigKeys.Theme ? entry with { Value = "dark" } : entry
        );
        Agent.Tell(Samples.Snapshot() with { Config = [.. dark] });
        app.Sees(() => Assert.Equal("dark", Assert.Single(Page.Invocations["setTheme"]).Arguments[0]));
        Agent.Tell(new ConfigChanged(Samples.Config));
        app.Sees(() =>
            Assert.Equal(["dark", "system"], Page.Invocations["setTheme"].Select(call => call.Arguments[0]))
        );
    }

    /// <summary>A stub that leads nowhere is worse than no place for it.</summary>
    [Fact]
    public void The_bar_has_only_what_there_is() =>
        Assert.Equal(
            ["/", "/history", "/pair", "/devices", "/settings"],
            Render<App>().FindAll("nav a").Select(place => place.GetAttribute("href"))
        );

    [Theory]
    [InlineData(StreamState.Live, true, "")]
    [InlineData(StreamState.Connecting, false, "")]
    [InlineData(StreamState.Lost, true, "No connection to the agent.")]
    [InlineData(StreamState.Lost, false, "The agent does not answer.")]
    [InlineData(StreamState.Closed, true, "Run “toss ui” to open it again.")]
    public void A_lost_stream_is_said(StreamState stream, bool hasView, string said)
    {
        var bar = Render<StreamBar>(parameters =>
            parameters.Add(one => one.Stream, stream).Add(one => one.HasView, hasView)
        );
        Assert.Equal("status", bar.Find(".stream").GetAttribute("role"));
        Assert.Contains(said, bar.Markup);
        Assert.Equal(said.Length == 0, bar.FindAll("p").Count == 0);
    }

    [Fact]
    public void Every_icon_is_drawn()
    {
        var empty = Enum.GetValues<IconName>()
            .Where(name =>
                Render<Icon>(parameters => parameters.Add(icon => icon.Name, name)).Find("path").GetAttribute("d") is ""
            );
        Assert.Empty(empty);
    }
}
