using Bunit;
using Toss.Control;
using Toss.Ui.Devices;
using Toss.Ui.State;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>Every state of Devices.</summary>
public sealed class DevicesScreenTests : ScreenBench
{
    private static readonly AgentSnapshot three = Samples.Snapshot(null, Samples.Phone, Samples.Desk);

    public DevicesScreenTests() => Agent.Devices = Samples.Reports;

    [Fact]
    public void Before_anything_came_there_is_a_skeleton()
    {
        var devices = Show(ScreenState.Beginning);
        Assert.NotNull(devices.Find(".skeleton"));
        Assert.Empty(Agent.Calls);
    }

    [Fact]
    public void Alone_it_leads_to_pairing_and_there_is_nobody_to_leave()
    {
        var devices = Show(Live(Samples.Snapshot()));
        Assert.Contains("This device is alone", devices.Markup);
        Assert.Equal("/pair", devices.Find(".head a").GetAttribute("href"));
        Assert.Empty(devices.FindAll(".rules"));
        Assert.DoesNotContain("Leave the others", devices.Markup);
    }

    [Fact]
    public void Each_device_says_how_it_is_reached_and_why_not_better()
    {
        var relayed = Samples.Phone with
        {
            Path = new PathStatus("relay", 12.34) { Why = "in English", WhyCode = "peer-not-seen" },
            Pending = 3,
        };
        var devices = Show(Live(Samples.Snapshot(null, relayed, Samples.Desk)));
        Assert.Equal(["There, through the relay · 12.3 ms", "Away"], All(devices, ".device .path"));
        Assert.Equal(
            "Not directly: no relay tells phone how it is seen from outside; UDP to it may be blocked.",
            devices.Find("article .hint").TextContent
        );
        Assert.Contains("Messages that wait for it: 3", devices.Markup);
        devices.Sees(() => Assert.Contains("laptop", All(devices, "article:first-of-type .facts dd")));
    }

    /// <summary>A reason that a newer agent has is said as it says it.</summary>
    [Fact]
    public void A_reason_without_words_of_its_own_is_the_agents()
    {
        var relayed = Samples.Phone with
        {
            Path = new PathStatus("relay", null) { Why = "the moon", WhyCode = "moon" },
        };
        Assert.Equal("the moon", PathWords.Why(new Toss.Ui.Texts.Words(), relayed));
    }

    [Theory]
    [InlineData("automatic", "Reads all that you copy here.", "What is copied there comes to this clipboard.")]
    [InlineData("ask", "Reads only what you send to it.", "waits in history until you take it.")]
    [InlineData("never", "Reads nothing that you copy here.", "Nothing that is copied there comes here.")]
    public void Who_reads_what_is_said_in_a_sentence(string sharing, string reads, string comes)
    {
        var devices = Show(
            Live(three with { Rules = [Rule("out", null, null, sharing), Rule("in", "ID-B", null, sharing)] })
        );
        var said = All(devices, "article:first-of-type .part li");
        Assert.Equal(reads, said[0]);
        Assert.Contains(comes, said[1]);
    }

    [Fact]
    public void The_more_exact_rule_holds()
    {
        var book = new RuleBook([
            Rule("out", null, null, "ask"),
            Rule("out", null, "picture", "never"),
            Rule("out", "ID-B", null, "automatic"),
            Rule("out", "ID-B", "secret", "never"),
        ]);
        Assert.Equal("never", book.Of("out", "ID-B", "secret"));
        // A device goes before a type.
        Assert.Equal("automatic", book.Of("out", "ID-B", "picture"));
        Assert.Equal("never", book.Of("out", "ID-C", "picture"));
        Assert.Equal("ask", book.Of("out", "ID-C", "text"));
        Assert.Equal("automatic", book.Of("in", "ID-C", "text"));
        Assert.Equal("ask", book.Inherited("out", "ID-B", null));
        Assert.Null(book.Summary("out", "ID-B"));
    }

    [Fact]
    public void A_rule_is_set_taken_back_and_limited()
    {
        var devices = Show(
            Live(three with { Rules = [Rule("out", "ID-B", null, "never"), new("in", "ID-B", "phone", null, null, 5)] })
        );
        Assert.Equal("never", devices.Find("#rule-out-ID-B").GetAttribute("value"));
        Assert.Equal("default", devices.Find("#rule-in-ID-B").GetAttribute("value"));
        Assert.Equal("As usual: Goes there by itself", devices.Find("#rule-out-ID-B option").TextContent);
        // What is said of sizes is open at once.
        Assert.True(devices.Find("article:first-of-type details").HasAttribute("open"));
        Assert.False(devices.FindAll("article")[1].QuerySelector("details")!.HasAttribute("open"));

        devices.Find("#rule-out-ID-B").Change("default");
        devices.Find("#rule-in-ID-B-picture").Change("ask");
        devices.Find("#rule-in-ID-B-size").Change("");
        devices.Find("#rule-out-ID-B-size").Change("12");
        devices.Find("#rule-out-all").Change("ask");
        devices.Find("#rule-out-all").Change("automatic");
        Assert.Equal(
            [
                "devices",
                "rule out device=ID-B type= default max=",
                "rule in device=ID-B type=picture ask max=",
                "rule in device=ID-B type=  max=0",
                "rule out device=ID-B type=  max=12",
                "rule out device= type= ask max=",
                "rule out device= type= default max=",
            ],
            Agent.Calls
        );
    }

    /// <summary>A line for each kind says what holds, whether it has a rule of its own or not.</summary>
    [Fact]
    public void What_holds_for_a_kind_is_read_without_opening_it()
    {
        var devices = Show(
            Live(three with { Rules = [Rule("out", "ID-B", "picture", "never"), Rule("in", null, null, "ask")] })
        );
        var said = All(devices, "article:first-of-type .kind summary");
        Assert.Equal("Text Goes there by itself · Waits in history", said[0]);
        Assert.Equal("Pictures Never goes there · Waits in history", said[2]);
        Assert.Equal("Largest copy, MiB Any size · Any size", said[^1]);
    }

    /// <summary>What has the focus keeps it: it is not disabled while it is saved, and a second rule is saved after the first.</summary>
    [Fact]
    public void While_a_rule_is_saved_the_next_can_be_set()
    {
        var devices = Show(Live(three));
        Agent.HoldOrders = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        devices.Find("#rule-out-ID-B").Change("never");
        devices.Find("#rule-in-ID-B").Change("ask");
        Assert.All(devices.FindAll("article:first-of-type select"), one => Assert.False(one.HasAttribute("disabled")));
        Assert.Equal("never", devices.Find("#rule-out-ID-B").GetAttribute("value"));
        Assert.Equal("ask", devices.Find("#rule-in-ID-B").GetAttribute("value"));
        Assert.Equal("true", devices.Find("article:first-of-type .rules").GetAttribute("aria-busy"));
        Assert.Equal(["devices", "rule out device=ID-B type= never max="], Agent.Calls);
        Agent.HoldOrders.SetResult();
        devices.Sees(() => Assert.Equal("rule in device=ID-B type= ask max=", Agent.Calls.ToArray()[^1]));
        devices.Sees(() => Assert.Empty(devices.FindAll("[aria-busy]")));
        // One that is refused is shown as it is.
        Agent.HoldOrders = null;
        Agent.Fail = new ControlException(ControlErrors.Storage, "in English");
        devices.Find("#rule-out-ID-C").Change("never");
        Assert.Equal("default", devices.Find("#rule-out-ID-C").GetAttribute("value"));
    }

    [Fact]
    public void A_size_that_is_none_is_not_sent_and_is_said()
    {
        var devices = Show(Live(three));
        devices.Find("#rule-out-ID-B-size").Change("a lot");
        Assert.Contains("whole number of MiB", devices.Find("[role=alert]").TextContent);
        Assert.Equal(["devices"], Agent.Calls);
        Agent.Fail = new ControlException(ControlErrors.InvalidArgument, "in English");
        devices.Find("#rule-out-ID-B-size").Change("99999999");
        Assert.Contains("within what a copy may have", devices.Find("[role=alert]").TextContent);
    }

    [Fact]
    public void Unpairing_says_what_it_means_who_goes_along_and_asks()
    {
        var devices = Show(Live(three));
        devices.Find("button[aria-label='Unpair phone']").Click();
        devices.SeesElement("dialog fieldset");
        Assert.Equal("Unpair phone?", devices.Find("dialog h2").TextContent);
        Assert.Contains("can no longer read what you copy", devices.Markup);
        Assert.Equal(["Keep desk"], All(devices, "dialog label"));
        Assert.DoesNotContain(Agent.Calls, call => call.StartsWith("unpair", StringComparison.Ordinal));
        devices.Find("dialog input").Change(true);
        devices.Find("dialog .danger").Click();
        devices.Sees(() => Assert.Contains("unpair ID-B keep=ID-C", Agent.Calls));
        devices.Sees(() =>
            Assert.Equal("phone is no longer one of your devices.", Squeeze(devices.Find(".note.good").TextContent))
        );
        Assert.Empty(devices.FindAll("dialog h2"));
    }

    /// <summary>The agent tells that it is gone before it answers: its card and the dialog go, and what is said of it stays.</summary>
    [Fact]
    public void That_it_is_gone_is_said_however_soon_the_card_goes()
    {
        var devices = Show(Live(three));
        devices.Find("button[aria-label='Unpair phone']").Click();
        Agent.Hold("unpair ID-B keep=");
        devices.Find("dialog .danger").Click();
        devices.Render(parameters => parameters.Add(one => one.State, Live(Samples.Snapshot(null, Samples.Desk))));
        Assert.Empty(devices.FindAll("dialog h2"));
        Agent.Release();
        devices.Sees(() =>
            Assert.Equal("phone is no longer one of your devices.", Squeeze(devices.Find(".note.good").TextContent))
        );
    }

    [Fact]
    public void Who_let_nobody_in_goes_alone_and_one_can_think_better_of_it()
    {
        var devices = Show(Live(three));
        devices.Find("button[aria-label='Unpair desk']").Click();
        Assert.Empty(devices.FindAll("dialog fieldset"));
        devices.FindAll("dialog button").Single(button => button.TextContent == "Cancel").Click();
        Assert.Empty(devices.FindAll("dialog h2"));
        Assert.DoesNotContain(Agent.Calls, call => call.StartsWith("unpair", StringComparison.Ordinal));
    }

    /// <summary>Who would go along is not known then.</summary>
    [Fact]
    public void Nobody_is_unpaired_unseen()
    {
        var devices = Show(Live(three));
        Agent.Fail = new ControlException(ControlErrors.NoDaemon, "in English");
        devices.Find("button[aria-label='Unpair phone']").Click();
        Assert.Contains("The agent ended", devices.Find("dialog [role=alert]").TextContent);
        Assert.True(devices.Find("dialog .danger").HasAttribute("disabled"));
    }

    [Fact]
    public void A_failure_to_unpair_is_said_in_the_dialog()
    {
        var devices = Show(Live(three));
        devices.Find("button[aria-label='Unpair phone']").Click();
        Agent.Fail = new ControlException(ControlErrors.Storage, "in English");
        devices.Find("dialog .danger").Click();
        Assert.Contains("The disk is full", devices.Find("dialog [role=alert]").TextContent);
        Assert.NotEmpty(devices.FindAll("dialog h2"));
    }

    [Fact]
    public void Leaving_asks_first()
    {
        var devices = Show(Live(three));
        devices.FindAll(".danger").First(button => Squeeze(button.TextContent) == "Leave the others").Click();
        Assert.Equal("Leave the other devices?", devices.Find("dialog h2").TextContent);
        Assert.DoesNotContain("leave", Agent.Calls);
        devices.Find("dialog .danger").Click();
        Assert.Contains("leave", Agent.Calls);
        Assert.Empty(devices.FindAll("dialog h2"));
    }

    [Fact]
    public void This_device_gets_another_name()
    {
        var devices = Show(Live(three));
        // Off, and still there for the focus of who has just saved.
        Assert.Equal("true", devices.Find("form button").GetAttribute("aria-disabled"));
        Assert.False(devices.Find("form button").HasAttribute("disabled"));
        devices.Find("form").Submit();
        Assert.DoesNotContain(Agent.Calls, call => call.StartsWith("rename", StringComparison.Ordinal));
        devices.Find("#own-name").Input("  work  ");
        devices.Find("form").Submit();
        Assert.Contains("rename work", Agent.Calls);
        Assert.Contains("It has its new name", devices.Find("#own-name-said").TextContent);
        Agent.Fail = new ControlException(ControlErrors.InvalidArgument, "in English");
        devices.Find("#own-name").Input("\u0007");
        devices.Find("form").Submit();
        Assert.Contains("no control characters", devices.Find("#own-name-said").TextContent);
    }

    [Fact]
    public void Only_a_direct_link_is_measured()
    {
        var relayed = Samples.Desk with { Online = true, Path = new PathStatus("relay", 3) };
        var devices = Show(Live(Samples.Snapshot(null, Samples.Phone, relayed)));
        var measure = devices.FindAll("button").Where(button => Squeeze(button.TextContent) == "Measure").ToList();
        Assert.Single(measure).Click();
        Assert.Contains("bench ID-B 16", Agent.Calls);
        Assert.Equal(
            "117 MB/s there, 98.3 MB/s back, 0.41 ms there and back.",
            devices.Find("article .outcome").TextContent
        );
        Agent.Fail = new ControlException(ControlErrors.NoLink, "in English");
        devices.FindAll("button").First(button => Squeeze(button.TextContent) == "Measure").Click();
        Assert.Contains("not reached directly", devices.Find("article .outcome").TextContent);
    }

    [Fact]
    public void Without_the_agent_everything_stays_and_nothing_can_be_ordered()
    {
        var devices = Show(Live(three) with { Stream = StreamState.Lost });
        Assert.Equal(["phone", "desk"], All(devices, "article h2"));
        Assert.All(
            devices.FindAll("button, select, .rules input"),
            one => Assert.True(one.HasAttribute("disabled"), one.OuterHtml)
        );
        Assert.Empty(Agent.Calls);
    }

    private static RuleReport Rule(string direction, string? device, string? type, string sharing) =>
        new(direction, device, device is null ? null : "phone", type, sharing, null);

    private static List<string> All(IRenderedComponent<DevicesScreen> devices, string selector) =>
        [.. devices.FindAll(selector).Select(one => Squeeze(one.TextContent))];

    private IRenderedComponent<DevicesScreen> Show(ScreenState state) =>
        Render<DevicesScreen>(parameters => parameters.Add(screen => screen.State, state));
}
