using Bunit;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Toss.Control;
using Toss.Ui.History;
using Toss.Ui.State;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>Every state of History.</summary>
public sealed class HistoryScreenTests : ScreenBench
{
    private const string Html = "text/html";

    [Fact]
    public void Until_the_first_answer_there_are_bones()
    {
        Agent.HoldHistory = new TaskCompletionSource();
        var history = Show();
        Assert.NotNull(history.Find(".bones[aria-label='Loading']"));
        Assert.Empty(history.FindAll("[role=option]"));
        Agent.HoldHistory.SetResult();
        history.SeesElement(".entries .nothing");
        Assert.Contains("Nothing yet.", history.Markup);
        Assert.Equal("", history.Find(".found").TextContent);
        Assert.True(history.Find(".head button").HasAttribute("disabled"));
    }

    [Fact]
    public void One_is_chosen_from_the_beginning_and_shown_as_text_whatever_it_says()
    {
        Agent.History.Add(
            HistoryListTests.Entry(0) with
            {
                Preview = "<b onclick=x>hello</b>\n there",
                Types = ["text/plain;charset=utf-8"],
            }
        );
        var history = Show();
        var row = history.Find("[role=option]");
        Assert.Equal("<b onclick=x>hello</b> there", row.QuerySelector(".line")!.TextContent);
        Assert.Equal("true", row.GetAttribute("aria-selected"));
        Assert.Equal(["1", "1"], [row.GetAttribute("aria-posinset"), row.GetAttribute("aria-setsize")]);
        Assert.Equal(row.Id, history.Find("[role=listbox]").GetAttribute("aria-activedescendant"));
        Assert.Equal("<b onclick=x>hello</b>\n there", history.Find("pre.text").TextContent);
        Assert.Empty(history.FindAll("b"));
        Assert.Equal("1 copy", history.Find(".found").TextContent);
        Assert.Contains("On the clipboard", row.TextContent);
    }

    [Fact]
    public void Many_are_a_list_of_which_more_is_asked_for_before_its_end_is_seen()
    {
        Fill(450);
        var history = Show();
        Assert.Equal("200 copies and more", history.Find(".found").TextContent);
        Assert.Equal("-1", history.Find("[role=option]").GetAttribute("aria-setsize"));
        Key(history, "ArrowDown");
        Assert.Equal(["history 200"], Agent.Calls);
        Key(history, "End");
        Key(history, "End");
        Assert.Equal("450 copies", history.Find(".found").TextContent);
        Assert.Equal(["history 200", "history 200 before=c199", "history 200 before=c399"], Agent.Calls);
        Assert.Equal("450", history.Find("[role=option]").GetAttribute("aria-setsize"));
    }

    [Fact]
    public void Why_it_cannot_be_read_is_said_and_tried_again()
    {
        Agent.Fail = new ControlException(ControlErrors.HistoryLocked, "as the command line says it");
        var history = Show();
        Assert.Contains("is locked", history.Find(".entries [role=alert]").TextContent);
        Assert.DoesNotContain("as the command line says it", history.Markup);
        Agent.Fail = null;
        Fill(1);
        history.Find(".entries [role=alert] button").Click();
        Assert.Single(history.FindAll("[role=option]"));
    }

    [Fact]
    public void It_is_searched_while_one_types()
    {
        Fill(3);
        Agent.Found = asked => Agent.History.Where(entry => asked.Query is null || entry.Preview.Contains(asked.Query));
        var history = Show();
        history.Find("#history-search").Input("copy 2");
        // What was there stays until the answer comes.
        Assert.Equal(3, history.FindAll("[role=option]").Count);
        history.Does(() => Time.Advance(HistoryList.Typing));
        history.Sees(() => Assert.Equal(["copy 2"], Lines(history)));
        Assert.Equal("copy 2", history.Find("pre.text").TextContent);
        history.Find("#history-search").Input("nowhere");
        history.Does(() => Time.Advance(HistoryList.Typing));
        history.Sees(() => Assert.Contains("Nothing fits.", history.Markup));
        Assert.Equal("0 copies", history.Find(".found[role=status]").TextContent);
        history.Find(".entries .nothing button").Click();
        history.Sees(() => Assert.Equal(3, history.FindAll("[role=option]").Count));
        Assert.Equal("", history.Find("#history-search").GetAttribute("value"));
    }

    [Fact]
    public void It_is_narrowed_by_kind_device_time_and_pin()
    {
        Fill(1);
        var history = Show(Samples.Phone);
        Assert.Equal(
            ["Every device", "laptop", "phone"],
            history.FindAll("select")[1].QuerySelectorAll("option").Select(option => option.TextContent)
        );
        history.FindAll("select")[0].Change("picture");
        history.FindAll("select")[1].Change("ID-B");
        history.FindAll("select")[2].Change("0");
        history.Find(".choices button").Click();
        Assert.Equal(
            [
                "history 200",
                "history 200 type=picture",
                "history 200 type=picture device=ID-B",
                "history 200 type=picture device=ID-B since=2026-03-04",
                "history 200 type=picture device=ID-B since=2026-03-04 pinned=True",
            ],
            Agent.Calls
        );
        Assert.Equal("true", history.Find(".choices button").GetAttribute("aria-pressed"));
    }

    [Fact]
    public void Arrows_go_through_it_and_enter_copies_again()
    {
        Fill(30);
        var history = Show();
        Key(history, "ArrowDown");
        Key(history, "ArrowDown");
        Key(history, "ArrowUp");
        Assert.Equal("copy 1", history.Find("pre.text").TextContent);
        Key(history, "Enter");
        Assert.Contains("It is on the clipboard again.", history.Find(".toast").TextContent);
        Key(history, "End");
        Assert.Equal("copy 29", history.Find("pre.text").TextContent);
        Key(history, "PageUp");
        Assert.Equal("copy 21", history.Find("pre.text").TextContent);
        Key(history, "Home");
        Key(history, "ArrowUp");
        Assert.Equal("copy 0", history.Find("pre.text").TextContent);
        Key(history, "Enter", shift: true);
        Assert.Contains("Copied as plain text.", history.Find(".toast").TextContent);
        Assert.Equal(["history 200", "copy c1", "copy c0 plain"], Agent.Calls);
        Assert.Equal(1920.0 - 64, Page.Invocations["showRow"].Select(call => (double)call.Arguments[1]!).Max());
    }

    [Fact]
    public void Enter_in_the_search_copies_what_was_found_and_the_arrow_goes_down()
    {
        Fill(2);
        var history = Show();
        history.Find("#history-search").KeyDown("Enter");
        history.Find("#history-search").KeyDown("ArrowDown");
        Assert.Equal(["history 200", "copy c0"], Agent.Calls);
        Assert.Single(Page.Invocations["focusFirst"]);
    }

    /// <summary>Who types faster than it is searched gets what is found, and not what stood there.</summary>
    [Fact]
    public void Enter_before_the_answer_waits_for_it()
    {
        Fill(3);
        Agent.Found = asked => Agent.History.Where(entry => asked.Query is null || entry.Preview.Contains(asked.Query));
        var history = Show();
        history.Find("#history-search").Input("copy 2");
        history.Find("#history-search").KeyDown("Enter");
        Assert.Equal(["history 200"], Agent.Calls);
        history.Does(() => Time.Advance(HistoryList.Typing));
        history.Sees(() => Assert.Contains("It is on the clipboard again.", history.Markup));
        Assert.Equal(["history 200", "history 200 query=copy 2", "copy c2"], Agent.Calls);
    }

    [Fact]
    public void Delete_can_be_undone()
    {
        Fill(3);
        var history = Show();
        Key(history, "ArrowDown");
        Key(history, "Delete");
        history.Sees(() => Assert.Equal(["copy 0", "copy 2"], Lines(history)));
        // What came in its place is chosen.
        Assert.Equal("copy 2", history.Find("[aria-selected=true] .line").TextContent);
        Assert.Contains("Deleted on this device.", history.Find(".toast").TextContent);
        Agent.History.Insert(1, HistoryListTests.Entry(1));
        history.Find(".toast button").Click();
        Agent.Tell(new HistoryChanged("restored"));
        history.Sees(() => Assert.Equal(["copy 0", "copy 1", "copy 2"], Lines(history)));
        Assert.Contains("delete c1", Agent.Calls);
        Assert.Contains("undo", Agent.Calls);
        Assert.Contains("Back in history: 1.", history.Find(".toast").TextContent);
        Assert.Single(history.FindAll(".toast button"));
    }

    [Fact]
    public void Everywhere_is_asked_for_first()
    {
        Fill(2);
        var history = Show(Samples.Phone);
        Key(history, "Delete", shift: true);
        Assert.Contains("cannot be undone", history.Find("dialog").TextContent);
        Assert.Single(Page.Invocations["openDialog"]);
        history.Find("dialog .actions button").Click();
        Assert.Empty(history.FindAll("dialog"));
        Assert.Equal("history-list", Focused()[0]);
        // The menu is closed by then: the focus is where it was opened.
        Menu(history, "Delete").QuerySelectorAll(".menu button")[1].Click();
        history.Find("dialog .actions button").Click();
        Assert.Equal(Buttons(history, "Delete")[0].Id, Focused()[0]);
        Menu(history, "Delete").QuerySelectorAll(".menu button")[1].Click();
        history.Find("dialog .danger").Click();
        history.Sees(() => Assert.Equal(["copy 1"], Lines(history)));
        Assert.Equal(["history 200", "delete c0 everywhere"], Agent.Calls);
        // Nothing to undo.
        Assert.Single(history.FindAll(".toast button"));
    }

    [Fact]
    public void Everywhere_is_what_was_asked_about_whatever_is_chosen_by_then()
    {
        Fill(3);
        var history = Show();
        Key(history, "Delete", shift: true);
        Agent.Tell(new ClipErased("c0"));
        history.Sees(() => Assert.Equal(["copy 1", "copy 2"], Lines(history)));
        history.Find("dialog .danger").Click();
        history.Sees(() => Assert.Equal("delete c0 everywhere", Agent.Calls[^1]));
    }

    [Fact]
    public void Of_another_list_the_first_is_chosen_also_if_it_has_the_old_one()
    {
        Fill(3);
        Agent.Found = asked => Agent.History.Where(entry => asked.Query is null || entry.Id != "c0");
        var history = Show();
        Key(history, "ArrowDown");
        Key(history, "ArrowDown");
        history.Find("#history-search").Input("copy");
        history.Find("#history-search").KeyDown("Enter");
        history.Does(() => Time.Advance(HistoryList.Typing));
        history.Sees(() => Assert.Equal("copy c1", Agent.Calls[^1]));
    }

    [Fact]
    public void What_failed_to_be_found_is_not_copied()
    {
        Fill(3);
        var history = Show();
        history.Find("#history-search").Input("copy");
        history.Find("#history-search").KeyDown("Enter");
        Agent.Fail = new ControlException(ControlErrors.Internal, "broken");
        history.Does(() => Time.Advance(HistoryList.Typing));
        history.SeesElement(".entries [role=alert]");
        history.Find("#history-search").KeyDown("Enter");
        Assert.DoesNotContain(Agent.Calls, call => call.StartsWith("copy", StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_that_is_held_deletes_once()
    {
        Fill(3);
        var history = Show();
        Key(history, "Delete");
        history.Find("[role=listbox]").KeyDown(new KeyboardEventArgs { Key = "Delete", Repeat = true });
        Assert.Single(Agent.Calls, call => call.StartsWith("delete", StringComparison.Ordinal));
    }

    [Fact]
    public void Clear_is_asked_for_first()
    {
        Fill(2);
        var history = Show();
        history.Find(".head button").Click();
        Assert.Contains("Clear the history of this device?", history.Find("dialog").TextContent);
        history.Find("dialog").TriggerEvent("onclose", EventArgs.Empty);
        Assert.Empty(history.FindAll("dialog"));
        Assert.DoesNotContain("clear", Agent.Calls);
        history.Find(".head button").Click();
        history.Find("dialog .danger").Click();
        Assert.Contains("clear", Agent.Calls);
        Assert.Contains("Deleted: 2.", history.Find(".toast").TextContent);
    }

    [Fact]
    public void P_pins_and_takes_the_pin_off()
    {
        Fill(1);
        var history = Show();
        Key(history, "p");
        history.SeesElement(".entry .pinned");
        Assert.Contains("Pinned", history.Find(".entry .pinned").TextContent);
        Assert.Contains("kept whatever its age", history.Find(".toast").TextContent);
        history.Find(".detail .toggle").Click();
        history.Sees(() => Assert.Empty(history.FindAll(".entry .pinned")));
        Assert.Equal(["history 200", "mark c0 pin=True", "mark c0 pin=False"], Agent.Calls);
        Agent.Fail = new ControlException(ControlErrors.NoRoom, "full");
        Key(history, "p");
        Assert.Contains("more than half", history.Find(".toast .bad").TextContent);
    }

    [Fact]
    public void Tags_are_put_on_searched_by_and_taken_off()
    {
        Fill(1);
        var history = Show();
        history.Find("#history-tag").Input(" <i>work</i> ");
        history.Find(".tagging form").Submit();
        history.SeesElement(".tags li");
        Assert.Equal("<i>work</i>", history.Find(".entry .tag").TextContent);
        Assert.Equal("<i>work</i>", history.Find(".tags .name").TextContent);
        history.Find(".tags button.tag").Click();
        Assert.Equal("<i>work</i>", history.Find(".choices .name").TextContent);
        history.Find("button[aria-label='Take off the tag <i>work</i>']").Click();
        history.Sees(() => Assert.Empty(history.FindAll(".tags li")));
        // What is tagged so, the agent knows: it is asked again.
        history.Sees(() =>
            Assert.Equal(
                [
                    "mark c0 +<i>work</i>",
                    "history 200 tag=<i>work</i>",
                    "mark c0 -<i>work</i>",
                    "history 200 tag=<i>work</i>",
                ],
                Agent.Calls.ToArray().Where(call => call.Contains("work"))
            )
        );
        history.FindAll(".choices button")[1].Click();
        Assert.Equal("history 200", Agent.Calls[^1]);
        Assert.Empty(history.FindAll("i"));
    }

    [Fact]
    public void It_is_sent_to_one_or_to_all_and_a_paused_agent_sends_nothing()
    {
        Fill(1);
        var history = Show(Samples.Phone, Samples.Desk);
        var menu = Menu(history, "Send");
        Assert.Equal("true", menu.QuerySelector("button")!.GetAttribute("aria-expanded"));
        menu.QuerySelectorAll(".menu button")[1].Click();
        Assert.Contains("Sent to phone.", history.Find(".toast").TextContent);
        Assert.True(Buttons(history, "Send")[0].Closest(".menu-of")!.QuerySelector(".menu")!.HasAttribute("hidden"));
        Menu(history, "Send").QuerySelectorAll(".menu button")[2].Click();
        Assert.Equal(["send ID-C clip=c0", "send ID-B clip=c0", "send ID-C clip=c0"], Agent.Calls.Skip(1));
        var paused = Samples.Snapshot(null, Samples.Phone) with { Paused = true };
        var other = Render<HistoryScreen>(parameters => parameters.Add(one => one.State, Live(paused)));
        Assert.True(Buttons(other, "Send")[0].HasAttribute("disabled"));
        // Alone there is nobody to send it to.
        Assert.Empty(Buttons(Show(), "Send"));
    }

    [Fact]
    public void Escape_closes_a_menu_and_leaves_the_copy_open()
    {
        Fill(1);
        var history = Show(Samples.Phone);
        history.Find("[role=option]").Click();
        Menu(history, "Send").QuerySelector(".menu button")!.KeyDown("Escape");
        Assert.True(Buttons(history, "Send")[0].Closest(".menu-of")!.QuerySelector(".menu")!.HasAttribute("hidden"));
        Assert.Contains("open", history.Find(".history").ClassName);
        history.Find(".detail .inner").KeyDown("Escape");
        Assert.DoesNotContain("open", history.Find(".history").ClassName);
    }

    [Fact]
    public void A_page_is_shown_in_a_frame_that_can_do_nothing_and_as_text()
    {
        Page.Setup<string>("clean", "<p onclick=x>Hi</p><script>x</script>").SetResult("<p>Hi</p>");
        Agent.History.Add(
            HistoryListTests.Entry(0) with
            {
                Types = ["text/plain;charset=utf-8", Html],
                Preview = "Hi",
            }
        );
        Agent.Clip = new ClipReport(
            Agent.History[0],
            [new FormatReport(0, "text/plain;charset=utf-8", 2), new FormatReport(1, Html, 37)]
        );
        Agent.Content = "<p onclick=x>Hi</p><script>x</script>"u8.ToArray();
        var history = Show();
        var frame = history.SeesElement("iframe");
        Assert.Equal("", frame.GetAttribute("sandbox"));
        Assert.Contains("default-src &#39;none&#39;", frame.GetAttribute("srcdoc"));
        Assert.EndsWith("<p>Hi</p></body></html>", frame.GetAttribute("srcdoc"));
        Assert.NotEmpty(frame.GetAttribute("title")!);
        Buttons(history, "Show as text")[0].Click();
        Assert.Empty(history.FindAll("iframe"));
        Assert.Equal("Hi", history.Find("pre.text").TextContent);
        Assert.Contains("read c0 1", Agent.Calls);
        Buttons(history, "As plain text")[0].Click();
        Assert.Contains("copy c0 plain", Agent.Calls);
    }

    [Fact]
    public void A_page_that_is_too_large_is_shown_as_its_text()
    {
        Agent.History.Add(
            HistoryListTests.Entry(0) with
            {
                Types = ["text/plain;charset=utf-8", Html],
                Preview = "Hi",
            }
        );
        Agent.Clip = new ClipReport(Agent.History[0], [new FormatReport(1, Html, PageFrame.Largest + 1)]);
        var history = Show();
        Assert.Empty(history.FindAll("iframe"));
        Assert.Equal("Hi", history.Find("pre.text").TextContent);
        Assert.DoesNotContain("read c0 1", Agent.Calls);
    }

    [Fact]
    public void A_picture_is_shown()
    {
        Agent.History.Add(Samples.Picture);
        Agent.Clip = new ClipReport(Samples.Picture, [new FormatReport(0, "image/png", 3)]);
        Agent.Content = [1, 2, 3];
        var history = Show();
        Assert.Equal("data:image/png;base64,AQID", history.SeesElement(".picture img").GetAttribute("src"));
        Assert.Equal("Picture", history.Find(".entry .line").TextContent);
        // There is no text to be copied alone.
        Assert.Empty(Buttons(history, "As plain text"));
    }

    [Fact]
    public void Files_are_shown_by_their_names_and_not_copied_again()
    {
        var files = HistoryListTests.Entry(0) with
        {
            Types = ["application/x-toss-files"],
            Preview = "a.txt, <img src=x> (3 files)",
        };
        Agent.History.Add(files);
        Agent.Clip = new ClipReport(files, [new FormatReport(0, "application/x-toss-files", 5000)])
        {
            Files = new FilesReport(true, ["a.txt", "<img src=x>"], 3, 1, 4321, 2),
        };
        var history = Show();
        history.SeesElement(".names");
        Assert.Equal(["a.txt", "<img src=x>"], history.FindAll(".names li").Select(name => name.TextContent));
        Assert.Contains("Sent by hand: 3 files, 1 folder, 4.3 kB.", history.Markup);
        Assert.Contains("Left out", history.Markup);
        Assert.Empty(history.FindAll("img"));
        Assert.True(Buttons(history, "Copy again")[0].HasAttribute("disabled"));
        Key(history, "Enter");
        Assert.DoesNotContain(Agent.Calls, call => call.StartsWith("copy", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_long_text_all_is_shown_if_somebody_asks()
    {
        var text = HistoryListTests.Entry(0) with
        {
            Types = ["text/plain;charset=utf-8"],
            Preview = new string('x', 1024),
        };
        Agent.History.Add(text);
        Agent.Clip = new ClipReport(text, [new FormatReport(0, "text/plain;charset=utf-8", 3000)]);
        Agent.Content = [.. Enumerable.Repeat((byte)'x', 3000)];
        var history = Show();
        Buttons(history, "Show all of it")[0].Click();
        Assert.Equal(3000, history.Find("pre.text").TextContent.Length);
        Assert.Empty(Buttons(history, "Show all of it"));
    }

    [Theory]
    [InlineData("incomplete")]
    [InlineData("lost")]
    public void What_is_not_all_here_is_neither_copied_nor_sent(string state)
    {
        Agent.History.Add(HistoryListTests.Entry(0) with { State = state, WaitsFor = ["desk"] });
        var history = Show(Samples.Phone);
        Assert.True(Buttons(history, "Copy again")[0].HasAttribute("disabled"));
        Assert.True(Buttons(history, "Send")[0].HasAttribute("disabled"));
        Assert.Contains("comes when one of these is there: desk.", history.Markup);
    }

    [Fact]
    public void Without_the_agent_everything_stays_and_nothing_can_be_ordered()
    {
        Fill(2);
        var state = Live(Samples.Snapshot(null, Samples.Phone));
        var history = Render<HistoryScreen>(parameters => parameters.Add(one => one.State, state));
        history.Render(parameters => parameters.Add(one => one.State, state with { Stream = StreamState.Lost }));
        Assert.Equal(2, history.FindAll("[role=option]").Count);
        Assert.All(
            history.FindAll(".actions > button, .menu-of > button, .head button, .tagging button"),
            button => Assert.True(button.HasAttribute("disabled"))
        );
        foreach (var key in new[] { "Enter", "Delete", "p" })
        {
            Key(history, key);
        }
        Assert.Single(Agent.Calls);
        // A question meanwhile fails, and is asked again once the agent is back.
        Agent.Fail = new ControlException(ControlErrors.NoDaemon, "gone");
        history.FindAll("select")[0].Change("text");
        Assert.Contains("The agent ended.", history.Find(".entries [role=alert]").TextContent);
        Agent.Fail = null;
        history.Render(parameters => parameters.Add(one => one.State, state));
        Assert.Equal(2, history.FindAll("[role=option]").Count);
    }

    [Fact]
    public void What_was_missed_is_asked_for_with_the_next_snapshot()
    {
        Fill(1);
        var history = Show();
        Agent.History.Insert(0, HistoryListTests.Entry(0) with { Id = "new", Preview = "meanwhile" });
        Agent.Tell(Samples.Snapshot());
        history.Sees(() => Assert.Equal(["meanwhile", "copy 0"], Lines(history)));
    }

    [Fact]
    public void A_part_that_fails_is_said_and_what_was_loaded_stays()
    {
        Fill(450);
        var history = Show();
        Agent.Fail = new ControlException(ControlErrors.Storage, "as the command line says it");
        Key(history, "End");
        history.Sees(() =>
            Assert.Contains("A part of this could not be read.", history.Find(".part[role=alert]").TextContent)
        );
        Assert.NotEmpty(history.FindAll("[role=option]"));
        Assert.Equal("copy 199", history.Find("pre.text").TextContent);
        Assert.Equal("200 copies and more", history.Find(".found").TextContent);
        Agent.Fail = null;
        history.Find(".part button").Click();
        history.Sees(() => Assert.Equal("400 copies and more", history.Find(".found").TextContent));
        Assert.Empty(history.FindAll(".part > div"));
        Assert.Equal("history-list", Focused()[0]);
    }

    /// <summary>The list is renewed where it is seen; what stands elsewhere comes once somebody is there, and orders wait for it.</summary>
    [Fact]
    public void What_was_let_go_comes_when_somebody_is_there_and_orders_wait_for_it()
    {
        Fill(450);
        var history = Show();
        Key(history, "End");
        Key(history, "End");
        history.Sees(() => Assert.Equal("450 copies", history.Find(".found").TextContent));
        Agent.Clip = new ClipReport(HistoryListTests.Entry(399), []);
        Agent.Tell(new HistoryChanged("deleted"));
        history.Sees(() => Assert.Contains("show c399", Agent.Calls.ToArray()));
        Agent.HoldHistory = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Key(history, "End");
        Assert.NotNull(history.Find(".detail [role=status] .bone"));
        Key(history, "p");
        Assert.Equal("history 50 before=c399", Agent.Calls[^1]);
        Agent.HoldHistory.SetResult();
        history.Sees(() => Assert.Equal("mark c449 pin=True", Agent.Calls.ToArray()[^1]));
        history.Sees(() => Assert.Equal("copy 449", history.Find("pre.text").TextContent));
    }

    /// <summary>Who is faster than the agent is not asked to wait, and nothing of it is lost.</summary>
    [Fact]
    public void Orders_while_another_is_under_way_come_after_it()
    {
        Fill(3);
        var history = Show(Samples.Phone);
        Agent.HoldOrders = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Key(history, "Delete");
        // The same once more, as nobody sees that it is gone.
        Key(history, "Delete");
        Key(history, "ArrowDown");
        Key(history, "p");
        Key(history, "p");
        Menu(history, "Send").QuerySelectorAll(".menu button")[0].Click();
        Assert.Equal(["history 200", "delete c0"], Agent.Calls);
        Agent.HoldOrders.SetResult();
        history.Sees(() => Assert.Equal("send ID-B clip=c1", Agent.Calls.ToArray()[^1]));
        Assert.Equal(
            ["history 200", "delete c0", "mark c1 pin=True", "mark c1 pin=False", "send ID-B clip=c1"],
            Agent.Calls
        );
    }

    [Fact]
    public void A_failure_of_one_of_several_orders_is_not_covered_by_the_next()
    {
        Fill(3);
        var history = Show();
        Agent.HoldOrders = new TaskCompletionSource();
        Agent.Fail = new ControlException(ControlErrors.Storage, "in English");
        Key(history, "Delete");
        Key(history, "Enter");
        history.Does(() =>
        {
            // The deletion fails; the copy, which waits for it, does not.
            var hold = Agent.HoldOrders;
            Agent.OnFail = () => Agent.Fail = null;
            hold.SetResult();
        });
        history.Sees(() => Assert.Equal("copy c0", Agent.Calls.ToArray()[^1]));
        history.Sees(() => Assert.Contains("The disk is full", history.Find(".toast .bad").TextContent));
    }

    [Fact]
    public void What_can_be_undone_for_ten_minutes_is_offered_for_ten_minutes()
    {
        Fill(3);
        var history = Show();
        Key(history, "Delete");
        history.Sees(() => Assert.Equal(2, history.FindAll(".toast button").Count));
        history.Does(() => Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1)));
        Assert.Equal(2, history.FindAll(".toast button").Count);
        history.Does(() => Time.Advance(TimeSpan.FromSeconds(1)));
        history.Sees(() => Assert.Empty(history.FindAll(".toast p")));
        history.Find("[role=listbox]").KeyDown(new KeyboardEventArgs { Key = "z", CtrlKey = true });
        Assert.DoesNotContain("undo", Agent.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_is_at_undo_when_its_time_is_over_is_at_the_list_then(bool isThere)
    {
        Page.Setup<bool>("hasFocus", "history-said").SetResult(isThere);
        Fill(3);
        var history = Show();
        Key(history, "Delete");
        history.Sees(() => Assert.Equal(2, history.FindAll(".toast button").Count));
        var before = Page.Invocations["focusFirst"].Count;
        history.Does(() => Time.Advance(TimeSpan.FromMinutes(10)));
        history.Sees(() => Assert.Empty(history.FindAll(".toast p")));
        Assert.Equal(isThere ? before + 1 : before, Page.Invocations["focusFirst"].Count);
        if (isThere)
        {
            Assert.Equal("history-list", Focused()[0]);
        }
    }

    /// <summary>The ids of the last wish for the focus: the first that can be seen gets it.</summary>
    private string[] Focused() => (string[])Page.Invocations["focusFirst"][^1].Arguments[0]!;

    private IRenderedComponent<HistoryScreen> Show(params WatchedDevice[] peers)
    {
        Services.GetRequiredService<AgentStore>().Start();
        Agent.Calls.Clear();
        return Render<HistoryScreen>(parameters =>
            parameters.Add(one => one.State, Live(Samples.Snapshot(null, peers)))
        );
    }

    private void Fill(int count) => Agent.History.AddRange(Enumerable.Range(0, count).Select(HistoryListTests.Entry));

    private static IEnumerable<string> Lines(IRenderedComponent<HistoryScreen> history) =>
        history.FindAll(".entry .line").Select(line => line.TextContent);

    private static void Key(IRenderedComponent<HistoryScreen> history, string key, bool shift = false) =>
        history.Find("[role=listbox]").KeyDown(new KeyboardEventArgs { Key = key, ShiftKey = shift });

    private static List<AngleSharp.Dom.IElement> Buttons(IRenderedComponent<HistoryScreen> history, string name) =>
        [
            .. history
                .FindAll("button")
                .Where(button => (button.GetAttribute("aria-label") ?? Squeeze(button.TextContent)) == name),
        ];

    /// <summary>Opened.</summary>
    private static AngleSharp.Dom.IElement Menu(IRenderedComponent<HistoryScreen> history, string name)
    {
        Buttons(history, name)[0].Click();
        return Buttons(history, name)[0].Closest(".menu-of")!;
    }
}
