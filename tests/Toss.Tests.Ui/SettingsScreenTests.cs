using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Toss.Control;
using Toss.Ui.Settings;
using Toss.Ui.State;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>Every state of Settings.</summary>
public sealed class SettingsScreenTests : ScreenBench
{
    private static readonly AgentSnapshot usual = Samples.Snapshot(null, Samples.Phone) with
    {
        Config = Samples.Config,
    };

    [Fact]
    public void Before_anything_came_there_is_a_skeleton()
    {
        Assert.NotNull(Show(ScreenState.Beginning).Find(".skeleton"));
        Assert.Empty(Agent.Calls);
    }

    [Fact]
    public void Every_setting_says_what_it_does_and_its_default()
    {
        var settings = Show(Live(usual));
        Assert.Equal(
            [
                "Relay",
                "What is shared",
                "Large content",
                "Looks",
                "Storage",
                "Export and import",
                "Session keys",
                "About Toss",
            ],
            settings.FindAll(".card > h2").Select(title => title.TextContent)
        );
        Assert.Equal("64", settings.Find("#set-max-size").GetAttribute("value"));
        Assert.Equal("Default: 4096 MiB", settings.Find("#set-max-size-said").TextContent);
        Assert.Equal("What is larger is not shared.", settings.Find("#set-max-size-effect").TextContent);
        Assert.True(settings.Find("#set-metered").HasAttribute("checked"));
        Assert.Equal("Default: off", settings.Find("#set-metered-said").TextContent);
        Assert.Equal("Default: none", settings.Find("#set-exclude-apps-said").TextContent);
        Assert.Equal(
            ["As the desktop", "Light", "Dark"],
            settings.FindAll("#set-theme option").Select(option => option.TextContent)
        );
        Assert.DoesNotContain("in English", settings.Markup);
        // What is at its default has nothing to be reset.
        Assert.Equal(
            ["Reset: Largest copy", "Reset: Folder for files", "Reset: Metered"],
            settings
                .FindAll(".setting button")
                .Where(button => !button.HasAttribute("hidden"))
                .Select(button => button.GetAttribute("aria-label"))
        );
    }

    [Fact]
    public void A_setting_is_saved_when_it_is_changed_and_set_back()
    {
        var settings = Show(Live(usual));
        settings.Find("#set-max-size").Change(" 32 ");
        Assert.Equal("Saved.", settings.Find("#set-max-size-said").TextContent);
        settings.Find("#set-metered").Change(false);
        settings.Find("#set-theme").Change("dark");
        settings.Find("#set-exclude-apps").Change("keepassxc");
        settings.Find("button[aria-label='Reset: Metered']").Click();
        Assert.Equal(
            [
                "config max-size=32",
                "config metered=off",
                "config theme=dark",
                "config exclude-apps=keepassxc",
                "config metered=<default>",
            ],
            Agent.Calls.Where(call => call.StartsWith("config", StringComparison.Ordinal))
        );
    }

    /// <summary>The control keeps the focus, so it is not disabled meanwhile; and what is set again is saved after it.</summary>
    [Fact]
    public void While_a_setting_is_saved_it_can_be_set_again_and_says_that_it_is_busy()
    {
        var settings = Show(Live(usual));
        Agent.HoldOrders = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        settings.Find("#set-metered").Change(false);
        settings.Find("#set-theme").Change("dark");
        Assert.False(settings.Find("#set-metered").HasAttribute("disabled"));
        Assert.False(settings.Find("#set-metered").HasAttribute("checked"));
        Assert.Equal("dark", settings.Find("#set-theme").GetAttribute("value"));
        Assert.Equal("true", settings.Find("#set-metered").Closest(".setting")!.GetAttribute("aria-busy"));
        settings.Find("#set-theme").Change("light");
        settings.Find("#set-max-size").Change("32");
        Assert.Equal(["config metered=off", "config theme=dark", "config max-size=32"], Configured());
        Agent.HoldOrders.SetResult();
        settings.Sees(() => Assert.Equal("config theme=light", Configured()[^1]));
        settings.Sees(() => Assert.Equal("Saved.", settings.Find("#set-theme-said").TextContent));
        Assert.Equal("light", settings.Find("#set-theme").GetAttribute("value"));
        settings.Sees(() => Assert.Empty(settings.FindAll("[aria-busy]")));
    }

    [Theory]
    [InlineData("1", "1 day")]
    [InlineData("2", "2 days")]
    public void One_of_something_is_one(string value, string said)
    {
        var days = new ConfigEntry(ConfigKeys.HistoryDays, value, value, "in English")
        {
            Kind = "number",
            Unit = "days",
        };
        Assert.Equal(said, SettingWords.Value(new Toss.Ui.Texts.Words(), days, value));
    }

    [Fact]
    public void What_is_refused_is_shown_as_it_is()
    {
        var settings = Show(Live(usual));
        Agent.Fail = new ControlException(ControlErrors.Storage, "in English");
        settings.Find("#set-metered").Change(false);
        Assert.True(settings.Find("#set-metered").HasAttribute("checked"));
    }

    [Fact]
    public void Buttons_that_go_leave_the_focus_at_what_they_were_for()
    {
        var settings = Show(Live(usual));
        settings.Find("button[aria-label='Reset: Metered']").Click();
        Assert.Equal(["set-metered"], Focused());
        Button(settings, "Forget the token").Click();
        Assert.Equal(["relay-token"], Focused());
        Agent.Fail = new ControlException(ControlErrors.Storage, "in English");
        var failed = Show(Live(usual));
        Agent.Fail = null;
        Button(failed, "Try again").Click();
        Assert.Equal(["storage-title"], Focused());
    }

    /// <summary>What history takes is counted again after it changed, and once for what changed together.</summary>
    [Fact]
    public void Storage_and_about_are_asked_again_when_they_may_be_others()
    {
        var store = Services.GetRequiredService<AgentStore>();
        var settings = Show(Live(usual));
        settings.Sees(() => Assert.Contains("12 of at most", settings.Markup));
        var heard = 0;
        // After what the screen does with it.
        store.Told += _ => Interlocked.Increment(ref heard);
        store.Start();
        foreach (
            var told in new AgentEvent[] { new HistoryChanged("deleted"), new ClipErased("c1"), new ConfigChanged([]) }
        )
        {
            Agent.Calls.Clear();
            Agent.Storage = Agent.Storage with { Clips = Agent.Storage.Clips + 1 };
            var before = Volatile.Read(ref heard);
            Agent.Tell(told);
            Agent.Tell(told);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref heard) == before + 2, TimeSpan.FromSeconds(60)));
            settings.Does(() => Time.Advance(StorageCard.Pause));
            settings.Sees(() => Assert.Contains($"{Agent.Storage.Clips} of at most", settings.Markup));
            Assert.Equal(["storage"], Agent.Calls.Where(call => !call.StartsWith("watch", StringComparison.Ordinal)));
        }
        // Another agent, perhaps.
        Agent.About = Agent.About with
        {
            Version = "9.9",
        };
        Agent.Tell(usual);
        settings.Sees(() => Assert.Contains("9.9", settings.Markup));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("4097")]
    [InlineData("many")]
    [InlineData("")]
    public void What_is_no_such_number_is_said_at_once_and_stays_to_be_mended(string typed)
    {
        var settings = Show(Live(usual));
        settings.Find("#set-max-size").Change(typed);
        Assert.Equal("A whole number from 1 to 4096.", settings.Find("#set-max-size-said").TextContent);
        Assert.Equal("true", settings.Find("#set-max-size").GetAttribute("aria-invalid"));
        Assert.Equal(typed, settings.Find("#set-max-size").GetAttribute("value"));
        Assert.DoesNotContain(Agent.Calls, call => call.StartsWith("config", StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_agent_refuses_is_said_by_what_is_needed()
    {
        var settings = Show(Live(usual));
        Agent.Fail = new ControlException(ControlErrors.InvalidConfig, "in English");
        settings.Find("#set-receive-folder").Change("here");
        Assert.Equal("The whole path of a folder.", settings.Find("#set-receive-folder-said").TextContent);
        settings.Find("#set-exclude-apps").Change("a\u0007");
        Assert.Contains("At most 64 names", settings.Find("#set-exclude-apps-said").TextContent);
        Agent.Fail = new ControlException(ControlErrors.Storage, "in English");
        settings.Find("#set-metered").Change(false);
        Assert.Contains("The disk is full", settings.Find("#set-metered-said").TextContent);
    }

    /// <summary>By the command line, or by the screens of elsewhere: what was typed is of no use then.</summary>
    [Fact]
    public void What_somebody_else_sets_is_shown()
    {
        var settings = Show(Live(usual));
        settings.Find("#set-max-size").Change("many");
        var changed = Samples.Config.Select(entry =>
            entry.Key == ConfigKeys.MaxSize ? entry with { Value = "7" } : entry
        );
        settings.Render(parameters => parameters.Add(one => one.State, Live(usual with { Config = [.. changed] })));
        Assert.Equal("7", settings.Find("#set-max-size").GetAttribute("value"));
    }

    /// <summary>An agent that has more than these screens know of.</summary>
    [Fact]
    public void A_setting_without_words_is_shown_as_the_agent_says_it()
    {
        var settings = Show(
            Live(usual with { Config = [new("moon-phase", "full", "new", "The moon") { Kind = "moon" }] })
        );
        Assert.Equal("moon-phase", settings.Find("#set-moon-phase-name").TextContent);
        Assert.Equal("The moon", settings.Find("#set-moon-phase-effect").TextContent);
        settings.Find("#set-moon-phase").Change("half");
        Assert.Contains("config moon-phase=half", Agent.Calls);
    }

    [Fact]
    public void A_relay_is_tested_as_it_stands_in_the_form()
    {
        var settings = Show(Live(usual));
        Assert.Contains("Connected.", settings.Find(".relay-state").TextContent);
        Assert.Equal("set", settings.Find("#relay-token").GetAttribute("placeholder"));
        Button(settings, "Test").Click();
        Assert.Contains("The relay lets this device in.", settings.Find(".relay .note.good").TextContent);
        settings.Find("#relay-url").Input("wss://other.example");
        settings.Find("#relay-token").Input("letmein");
        Agent.Tested = new DoctorCheck("relay", DoctorCheck.Problem, "token", "in English", "in English");
        Button(settings, "Test").Click();
        var note = settings.FindAll(".relay .note.bad p").Select(line => line.TextContent);
        Assert.Equal(
            ["The relay wants another admission token.", "Ask whoever runs it for the token, and enter it here."],
            note
        );
        Assert.Equal(
            ["test relay wss://relay.example/ token=", "test relay wss://other.example token=letmein"],
            Agent.Calls.Where(call => call.StartsWith("test", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void A_relay_is_saved_and_its_token_forgotten()
    {
        var settings = Show(Live(usual));
        // Off, and still there for the focus of who has just saved.
        Assert.Equal("true", Button(settings, "Save").GetAttribute("aria-disabled"));
        Assert.False(Button(settings, "Save").HasAttribute("disabled"));
        settings.Find("#relay-url").Input("wss://other.example");
        settings.Find("#relay-token").Input("letmein");
        settings.Find(".relay").Submit();
        Button(settings, "Forget the token").Click();
        Assert.Equal(
            ["config relay=wss://other.example", "config relay-token=letmein", "config relay-token=<default>"],
            Agent.Calls.Where(call => call.StartsWith("config", StringComparison.Ordinal))
        );
        Assert.Equal("", settings.Find("#relay-token").GetAttribute("value"));
    }

    [Fact]
    public void An_address_that_is_none_and_one_that_is_missed_are_told_apart()
    {
        var settings = Show(Live(usual));
        Agent.Fail = new ControlException(ControlErrors.InvalidConfig, "in English");
        settings.Find("#relay-url").Input("http://x");
        Button(settings, "Test").Click();
        Assert.Contains("It begins with wss://", settings.Find(".relay [role=alert]").TextContent);
        settings.Find("#relay-url").Input("");
        settings.Find(".relay").Submit();
        Assert.Contains("could not reach this one", settings.Find(".relay [role=alert]").TextContent);
    }

    [Theory]
    [InlineData("none", null, "None is set")]
    [InlineData("connecting", null, "Connecting")]
    [InlineData("unreachable", null, "Not reached")]
    [InlineData("refused", "version-relay", "The relay speaks an older version.")]
    [InlineData("refused", "moon", "in English")]
    public void How_the_relay_is_is_said(string state, string? code, string said)
    {
        var relay = new RelayStatus(state == "none" ? null : "wss://r", state, code is null ? null : "in English")
        {
            Code = code,
        };
        Assert.Contains(said, Show(Live(usual with { Relay = relay })).Find(".relay").TextContent);
    }

    [Fact]
    public void Storage_and_about_are_shown_and_what_is_not_known_is_said()
    {
        var settings = Show(Live(usual));
        Assert.Contains("12 of at most 10,000 copies", settings.Markup);
        Assert.Contains("/home/me/toss.log", settings.Markup);
        Assert.Contains("Apache-2.0", settings.Markup);
        Agent.Fail = new ControlException(ControlErrors.Storage, "in English");
        var failed = Show(Live(usual));
        Assert.Contains("The disk is full", failed.FindAll("[role=alert]")[0].TextContent);
        Agent.Fail = null;
        Button(failed, "Try again").Click();
        Assert.Contains("12 of at most 10,000 copies", failed.Markup);
    }

    [Fact]
    public void Keys_are_renewed_once_a_minute_and_with_somebody()
    {
        var settings = Show(Live(usual));
        Button(settings, "Renew now").Click();
        Assert.Contains("New keys with 2 devices", settings.Markup);
        Agent.Renewed = 1;
        Button(settings, "Renew now").Click();
        Assert.Contains("New keys with 1 device,", settings.Markup);
        Agent.Fail = new ControlException(ControlErrors.Busy, "in English");
        Button(settings, "Renew now").Click();
        Assert.Contains("within the last minute", settings.Markup);
        Agent.Fail = null;
        var alone = Show(Live(Samples.Snapshot()));
        Assert.True(Button(alone, "Renew now").HasAttribute("disabled"));
        Assert.Contains("There is no other device yet.", alone.Markup);
    }

    [Fact]
    public void Without_the_agent_everything_stays_and_nothing_can_be_ordered()
    {
        var settings = Show(Live(usual) with { Stream = StreamState.Lost });
        Assert.Equal("64", settings.Find("#set-max-size").GetAttribute("value"));
        Assert.All(
            settings.FindAll("main > button, .card button, .setting input, select"),
            one => Assert.True(one.HasAttribute("disabled"), one.OuterHtml)
        );
    }

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<SettingsScreen> settings, string name) =>
        settings.FindAll("button").First(button => Squeeze(button.TextContent) == name);

    private List<string> Configured() =>
        [.. Agent.Calls.ToArray().Where(call => call.StartsWith("config", StringComparison.Ordinal))];

    private string[] Focused() => (string[])Page.Invocations["focusFirst"][^1].Arguments[0]!;

    private IRenderedComponent<SettingsScreen> Show(ScreenState state) =>
        Render<SettingsScreen>(parameters => parameters.Add(screen => screen.State, state));
}
