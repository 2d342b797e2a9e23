using Bunit;
using Toss.Control;
using Toss.Ui.Home;
using Toss.Ui.State;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>Every state of Home.</summary>
public sealed class HomeScreenTests : ScreenBench
{
    [Fact]
    public void Before_anything_came_there_is_a_skeleton()
    {
        var home = Show(ScreenState.Beginning);
        Assert.NotNull(home.Find(".skeleton[aria-label='Loading']"));
        Assert.Empty(home.FindAll("button"));
    }

    [Fact]
    public void Alone_it_says_what_to_do()
    {
        var home = Show(Live(Samples.Snapshot()));
        Assert.Contains("Nothing yet", home.Markup);
        Assert.Contains("This device is alone", home.Markup);
        Assert.Equal("/pair", home.Find(".devices a").GetAttribute("href"));
        Assert.Empty(home.FindAll(".transfers"));
    }

    [Fact]
    public void A_text_is_shown_as_text_and_where_it_is_device_by_device()
    {
        var clip = Samples.Text with { Preview = "<b onclick=x>hello</b>" };
        var home = Show(Live(Samples.Snapshot(clip, Samples.Phone, Samples.Desk)));
        Assert.Equal("<b onclick=x>hello</b>", home.Find("pre.text").TextContent);
        Assert.Empty(home.FindAll("pre b"));
        Assert.Equal(
            ["Web page text", "Text", "1.2 kB"],
            home.FindAll(".chips li").Select(chip => Squeeze(chip.TextContent))
        );
        Assert.Equal(
            ["Copied here", "On its clipboard", "Waits until it is back"],
            home.FindAll(".at").Select(at => Squeeze(at.TextContent))
        );
        Assert.Equal(
            ["This device", "There, in this network", "Away"],
            home.FindAll(".devices .path").Select(path => path.TextContent)
        );
    }

    [Fact]
    public void A_picture_is_shown_once_it_is_read()
    {
        Agent.Clip = new ClipReport(Samples.Picture, [new FormatReport(0, "image/png", 3)]);
        Agent.Content = [1, 2, 3];
        var home = Show(Live(Samples.Snapshot(Samples.Picture, Samples.Phone)));
        home.SeesElement(".picture img");
        Assert.Equal("data:image/png;base64,AQID", home.Find("img").GetAttribute("src"));
        Assert.Equal("The copied picture", home.Find("img").GetAttribute("alt"));
        Assert.Equal(["show clip-2", "read clip-2 0"], Agent.Calls);
    }

    [Fact]
    public void A_picture_that_is_too_large_or_cannot_be_read_is_said_to_be()
    {
        Agent.Clip = new ClipReport(
            Samples.Picture,
            [new FormatReport(0, "image/png", ClipPreview.LargestPicture + 1)]
        );
        Assert.Contains("too large", Show(Live(Samples.Snapshot(Samples.Picture))).Markup);
        Assert.DoesNotContain("read clip-2 0", Agent.Calls);
        Agent.Clip = null;
        var unread = Show(Live(Samples.Snapshot(Samples.Picture)));
        Assert.Contains("could not be read", unread.Markup);
        // The agent names the format where there is no text: that is no preview.
        Assert.DoesNotContain("[image/png]", unread.Markup);
    }

    /// <summary>A page in a picture: it could ask others for things.</summary>
    [Theory]
    [InlineData("image/svg+xml")]
    [InlineData("application/pdf")]
    public void What_is_no_plain_picture_is_not_read(string type)
    {
        var home = Show(Live(Samples.Snapshot(Samples.Picture with { Types = [type], Preview = $"[{type}]" })));
        Assert.Contains("no preview", home.Markup);
        Assert.Empty(Agent.Calls);
    }

    [Theory]
    [InlineData("incomplete")]
    [InlineData("lost")]
    public void What_is_not_all_here_is_not_sent(string state)
    {
        var home = Show(Live(Samples.Snapshot(Samples.Picture with { State = state }, Samples.Desk)));
        Assert.Contains("no preview", home.Markup);
        Assert.True(home.Find(".clip .primary").HasAttribute("disabled"));
        Assert.All(home.FindAll(".row button"), button => Assert.True(button.HasAttribute("disabled")));
        Assert.Empty(Agent.Calls);
    }

    [Fact]
    public void A_secret_is_not_shown_and_not_sent()
    {
        var home = Show(Live(Samples.Snapshot(Samples.Secret, Samples.Phone)));
        Assert.Contains("A secret.", home.Markup);
        Assert.Empty(home.FindAll("pre"));
        Assert.Empty(home.FindAll(".at"));
        Assert.True(home.Find("button[aria-label='Send to phone']").HasAttribute("disabled"));
    }

    [Fact]
    public void It_is_sent_to_all_or_to_one_and_the_outcome_is_said()
    {
        var home = Show(Live(Samples.Snapshot(Samples.Text, Samples.Phone)));
        home.Find(".clip .primary").Click();
        Assert.Contains("Sent to phone.", home.Find(".clip .outcome").TextContent);
        Agent.Sent = new SendReport("clip-1", 5, [], ["phone"]);
        home.Find("button[aria-label='Send to phone']").Click();
        Assert.Contains("Already there: phone.", home.Find(".row:nth-child(2) .outcome").TextContent);
        Assert.Equal(["send ID-B", "send ID-B"], Agent.Calls);
    }

    [Fact]
    public void Why_it_was_not_sent_is_said_in_words()
    {
        var home = Show(Live(Samples.Snapshot(Samples.Text, Samples.Phone)));
        Agent.Fail = new ControlException(ControlErrors.ByRule, "as the command line says it");
        home.Find(".clip .primary").Click();
        Assert.Equal("Not to phone: a rule keeps it.", home.Find(".clip .outcome").TextContent);
        Agent.Fail = new ControlException(ControlErrors.Storage, "as the command line says it");
        home.Find("button[aria-label='Send to phone']").Click();
        Assert.Contains("The disk is full", home.Find(".row:nth-child(2) .outcome").TextContent);
        Assert.DoesNotContain("as the command line says it", home.Markup);
    }

    [Fact]
    public void Paused_it_says_so_and_sends_nothing()
    {
        var snapshot = Samples.Snapshot(Samples.Text, Samples.Phone) with
        {
            Paused = true,
            PausedUntil = Samples.Now.AddHours(1),
        };
        var home = Show(Live(snapshot));
        Assert.Contains("Paused until", home.Markup);
        Assert.True(home.Find(".clip .primary").HasAttribute("disabled"));
        home.Find(".pause button").Click();
        Assert.Equal(["resume"], Agent.Calls);
    }

    [Fact]
    public void Pausing_asks_for_how_long()
    {
        var home = Show(Live(Samples.Snapshot()));
        var open = home.Find(".pause > button");
        Assert.Equal("false", open.GetAttribute("aria-expanded"));
        open.Click();
        Assert.Equal("true", home.Find(".pause > button").GetAttribute("aria-expanded"));
        home.FindAll(".menu button")[1].Click();
        Assert.Equal(["pause 60"], Agent.Calls);
        Assert.True(home.Find(".menu").HasAttribute("hidden"));
    }

    [Fact]
    public void Escape_closes_the_choices()
    {
        var home = Show(Live(Samples.Snapshot()));
        home.Find(".pause > button").Click();
        home.Find(".menu button").KeyDown("a");
        Assert.False(home.Find(".menu").HasAttribute("hidden"));
        home.Find(".menu button").KeyDown("Escape");
        Assert.True(home.Find(".menu").HasAttribute("hidden"));
        Assert.Empty(Agent.Calls);
    }

    [Fact]
    public void What_is_on_its_way_says_how_far_and_stops_if_asked()
    {
        var waiting = Samples.Transfer with
        {
            Id = 8,
            Direction = "out",
            State = "waiting",
            BytesPerSecond = null,
            SecondsLeft = null,
        };
        var home = Show(Live(Samples.Snapshot() with { Transfers = [Samples.Transfer, waiting] }));
        Assert.Equal(["From phone", "To phone"], home.FindAll(".transfer .name").Select(name => name.TextContent));
        Assert.Equal("0.25", home.Find("progress").GetAttribute("value"));
        Assert.Equal(
            ["3 MB of 12 MB · 1.5 MB/s · 6 s left", "3 MB of 12 MB · waits"],
            home.FindAll(".transfer .path").Select(said => said.TextContent)
        );
        home.Find("button[aria-label='Stop: From phone']").Click();
        Assert.Equal(["cancel 7"], Agent.Calls);
    }

    [Fact]
    public void Files_on_their_way_have_names_and_a_relay_is_said()
    {
        var files = Samples.Transfer with
        {
            Direction = "out",
            Relay = "wss://relay.example",
            What = "<b>a</b>.txt, b.png",
        };
        var row = Show(Live(Samples.Snapshot() with { Transfers = [files] })).Find(".transfer");
        Assert.Equal("To the relay, for phone", row.QuerySelector(".name")!.TextContent);
        Assert.Equal("<b>a</b>.txt, b.png", row.QuerySelector(".what")!.TextContent);
    }

    [Fact]
    public void Without_the_agent_everything_stays_and_nothing_can_be_ordered()
    {
        var state = Live(Samples.Snapshot(Samples.Text, Samples.Phone) with { Transfers = [Samples.Transfer] });
        var home = Show(state with { Stream = StreamState.Lost });
        Assert.Contains("hello there", home.Markup);
        Assert.All(
            home.FindAll(".page button, .card button, .pause > button"),
            button => Assert.True(button.HasAttribute("disabled"))
        );
    }

    [Fact]
    public void Trouble_is_named()
    {
        var snapshot = Samples.Snapshot() with
        {
            Warnings = [new WarningReport(WarningCodes.ClockAhead, "in English", "phone", 7)],
            Clipboard = new ClipboardStatus("x11", "lost"),
        };
        var notes = Show(Live(snapshot)).FindAll(".note").Select(note => Squeeze(note.TextContent)).ToList();
        Assert.Equal("The clock of phone is 7 minutes ahead of this device’s. Set the one that is wrong.", notes[0]);
        Assert.StartsWith("The desktop’s clipboard is lost.", notes[1]);
        Assert.Empty(
            Show(Live(Samples.Snapshot() with { Clipboard = new ClipboardStatus("headless", "listening") }))
                .FindAll(".note")
        );
    }

    private IRenderedComponent<HomeScreen> Show(ScreenState state) =>
        Render<HomeScreen>(parameters => parameters.Add(home => home.State, state));
}
