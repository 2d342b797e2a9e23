using System.Globalization;
using System.Text.Json;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Toss.Control;
using Toss.Ui.Devices;
using Toss.Ui.Files;
using Toss.Ui.Home;
using Toss.Ui.State;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>Files that are dropped or picked; the script that has them is played.</summary>
public sealed class FileSendTests : ScreenBench
{
    private readonly ScreenState _live = Live(Samples.Snapshot(Samples.Text, Samples.Phone, Samples.Desk));

    private FileSends Sends => Services.GetRequiredService<FileSends>();

    [Fact]
    public void Held_over_the_page_they_are_said_to_go_to_all_or_to_the_device_below()
    {
        var page = Show(_live);
        var held = Assert.Single(Files.Invocations, call => call.Identifier == "hold");
        Assert.Same(
            Sends,
            Assert.IsType<Microsoft.JSInterop.DotNetObjectReference<FileSends>>(held.Arguments[0]).Value
        );
        Assert.Equal("", Said(page));
        Sends.Over("");
        page.Sees(() => Assert.Equal("Send to all devices", Said(page)));
        Sends.Over("ID-B");
        page.Sees(() => Assert.Equal("Send to phone", Said(page)));
        Sends.Over(null);
        page.Sees(() => Assert.Equal("", Said(page)));
        Assert.Equal("status", page.Find(".drop-frame").GetAttribute("role"));
    }

    [Fact]
    public void What_keeps_them_here_is_said_while_they_are_held()
    {
        Sends.Over("");
        Assert.StartsWith(
            "The agent is away",
            Said(Show(_live with { Stream = StreamState.Lost })),
            StringComparison.Ordinal
        );
        Assert.StartsWith("There is no other device", Said(Show(Live(Samples.Snapshot()))), StringComparison.Ordinal);
        var paused = Live(Samples.Snapshot(Samples.Text, Samples.Phone) with { Paused = true });
        Assert.StartsWith("Sharing is paused", Said(Show(paused)), StringComparison.Ordinal);
    }

    [Fact]
    public void They_are_read_with_progress_and_then_it_is_said_who_has_them()
    {
        var sent = Files.Setup<string?>("send", _ => true);
        var page = Show(_live);
        Give(page, List("photo.jpg", "notes.txt"));
        page.Sees(() => Assert.Single(sent.Invocations));
        var call = Assert.Single(sent.Invocations);
        Assert.Equal((1, "/api/send/given"), (call.Arguments[0], call.Arguments[1]));
        Assert.Equal(List("photo.jpg", "notes.txt"), call.Arguments[3]);
        Assert.Equal(["check photo.jpg notes.txt to="], Agent.Calls);
        var told = Assert.IsType<Microsoft.JSInterop.DotNetObjectReference<FileSend>>(call.Arguments[4]).Value;
        Assert.Equal("photo.jpg and one more", page.Find(".send .name").TextContent);
        told.Came(1_500_000);
        page.Sees(() => Assert.Equal("0.75", page.Find("progress").GetAttribute("value")));
        Assert.Contains("1.5 MB of 2 MB", page.Find(".send").TextContent);

        Tell(told, new SendSealed("clip-9", ["photo.jpg"], 2, 0, 2_000_000, [], []));
        Tell(told, new SendDelivery("ID-B", "phone", "sending", null, Samples.Transfer));
        Tell(told, new SendDelivery("ID-C", "desk", "away", null, null));
        page.Sees(() => Assert.Contains("On its way: phone.", page.Find(".send").TextContent));
        Assert.Contains("Away, gets it when it is back: desk.", page.Find(".send").TextContent);
        Assert.Equal("0.25", page.Find("progress").GetAttribute("value"));
        Tell(told, new SendDelivery("ID-B", "phone", "received", null, null));
        sent.SetResult("");
        page.Sees(() => Assert.Contains("Received: phone.", page.Find(".send").TextContent));
        Assert.Empty(page.FindAll("progress"));

        page.Find(".send button").Click();
        page.Sees(() => Assert.Empty(page.FindAll(".sends")));
    }

    /// <summary>Before anything is sent: the list alone was asked about.</summary>
    [Theory]
    [InlineData(ControlErrors.TooLarge, "Too much at once")]
    [InlineData(ControlErrors.Storage, "The disk has no room")]
    [InlineData(ControlErrors.NoSuchDevice, "There is no other device")]
    [InlineData(ControlErrors.Busy, "Another one is under way")]
    [InlineData(ControlErrors.Paused, "Sharing is paused")]
    [InlineData(ControlErrors.ByRule, "A rule keeps it")]
    public void What_is_refused_is_said_with_what_to_do_and_not_sent(string code, string says)
    {
        Agent.Fail = new ControlException(code, "in English");
        var page = Show(_live);
        Give(page, List("film.mkv"));
        page.Sees(() => Assert.StartsWith(says, page.Find(".send .failure").TextContent, StringComparison.Ordinal));
        Assert.DoesNotContain(Files.Invocations, call => call.Identifier == "send");
        Assert.Contains(Files.Invocations, call => call.Identifier == "stop" && call.Arguments[0] is 1);
        Assert.Empty(page.FindAll("progress"));
    }

    [Theory]
    [InlineData(null, "A file changed, is gone")]
    [InlineData("""{"error":{"code":"storage","message":"m","hint":null}}""", "The disk has no room")]
    [InlineData("nonsense", "Something went wrong")]
    // It ended without a word.
    [InlineData("", "A file changed, is gone")]
    public void However_it_ends_in_the_middle_it_is_said(string? answer, string says)
    {
        Files.Setup<string?>("send", _ => true).SetResult(answer);
        var page = Show(_live);
        Give(page, List("film.mkv"));
        page.Sees(() => Assert.StartsWith(says, page.Find(".send .failure").TextContent, StringComparison.Ordinal));
    }

    /// <summary>Each takes a connection, of which a browser has six for all pages: with all of them taken nothing could be stopped.</summary>
    [Fact]
    public void Of_many_that_are_on_their_way_the_newest_are_followed()
    {
        var sends = new[] { 1, 2, 3 }
            .Select(id => Files.Setup<string?>("send", call => call.Arguments[0] is int number && number == id))
            .ToList();
        var page = Show(_live);
        for (var id = 1; id <= 3; id++)
        {
            var sent = sends[id - 1];
            Give(page, List($"film-{id}"), id: id);
            page.Sees(() => Assert.Single(sent.Invocations));
            Tell(ToldOf(sent), new SendSealed($"clip-{id}", [$"film-{id}"], 1, 0, 1, [], []));
            Tell(ToldOf(sent), new SendDelivery("ID-B", "phone", "sending", null, null));
        }
        page.Sees(() =>
            Assert.Equal(
                [1],
                Files.Invocations.Where(call => call.Identifier == "stop").Select(call => call.Arguments[0])
            )
        );
        // The browser broke it off.
        sends[0].SetResult(null);
        page.Sees(() => Assert.Contains("Goes on by itself", page.FindAll(".send")[0].TextContent));
        Assert.All(page.FindAll(".send").Skip(1), row => Assert.Contains("On its way: phone.", row.TextContent));
    }

    [Fact]
    public void What_the_agent_has_is_sent_whatever_is_told_of_it()
    {
        var sent = Files.Setup<string?>("send", _ => true);
        var page = Show(_live);
        Give(page, List("film.mkv"));
        page.Sees(() => Assert.Single(sent.Invocations));
        Tell(ToldOf(sent), new SendSealed("clip-1", ["film.mkv"], 1, 0, 1, [], []));
        Tell(ToldOf(sent), new SendDelivery("ID-B", "phone", "waiting", null, null));
        Tell(ToldOf(sent), new SendFailed(ControlErrors.Storage, "m", null));
        page.Sees(() => Assert.Contains("Goes on by itself", page.Find(".send").TextContent));
        Assert.Empty(page.FindAll(".send .failure"));
    }

    [Fact]
    public void A_failure_that_the_agent_tells_is_said_and_the_next_is_sent()
    {
        var sent = Files.Setup<string?>("send", call => call.Arguments[0] is 1);
        var next = Files.Setup<string?>("send", call => call.Arguments[0] is 2);
        var page = Show(_live);
        Give(page, List("a"));
        Give(page, List("b"), id: 2);
        page.Sees(() => Assert.Single(sent.Invocations));
        page.Sees(() => Assert.Contains("Waits for those before it", page.FindAll(".send")[1].TextContent));
        Assert.Empty(next.Invocations);
        Tell(ToldOf(sent), new SendFailed(ControlErrors.Storage, "m", null));
        page.Sees(() => Assert.Single(next.Invocations));
        Assert.Contains("The disk has no room", page.FindAll(".send")[0].TextContent);
    }

    [Fact]
    public void Stopped_while_it_is_read_the_script_lets_go_of_it()
    {
        var sent = Files.Setup<string?>("send", _ => true);
        var page = Show(_live);
        Give(page, List("film.mkv"), unread: 2);
        page.Sees(() => Assert.Single(sent.Invocations));
        Assert.Contains("2 files or folders could not be read", page.Find(".send").TextContent);
        Assert.Equal("Stop: film.mkv", page.Find(".send button").GetAttribute("aria-label"));
        page.Find(".send button").Click();
        page.Sees(() => Assert.Contains("Nothing of it was sent.", page.Find(".send").TextContent));
        Assert.Contains(Files.Invocations, call => call.Identifier == "stop" && call.Arguments[0] is 1);
        sent.SetResult(null);
        page.Does(static () => { });
        Assert.Empty(page.FindAll(".failure"));
        Assert.Equal("Close: film.mkv", page.Find(".send button").GetAttribute("aria-label"));
    }

    [Fact]
    public void Stopped_on_its_way_the_transfer_is_cancelled()
    {
        var sent = Files.Setup<string?>("send", _ => true);
        var page = Show(_live);
        Give(page, ListOf("ID-B", "film.mkv"));
        page.Sees(() => Assert.Single(sent.Invocations));
        Tell(ToldOf(sent), new SendSealed("clip-9", ["film.mkv"], 1, 0, 1, [], []));
        Tell(ToldOf(sent), new SendDelivery("ID-B", "phone", "sending", null, Samples.Transfer));
        page.Sees(() => Assert.Equal("Stop: film.mkv", page.Find(".send button").GetAttribute("aria-label")));
        page.Find(".send button").Click();
        page.Sees(() => Assert.Contains("cancel 7", Agent.Calls));
        Tell(ToldOf(sent), new SendDelivery("ID-B", "phone", "refused", "cancelled", null));
        page.Sees(() => Assert.Contains("Stopped: phone.", page.Find(".send").TextContent));
    }

    /// <summary>The agent has all of it, and sends it once it is there again.</summary>
    [Fact]
    public void An_agent_that_ends_while_it_is_on_its_way_is_no_failure_of_it()
    {
        var sent = Files.Setup<string?>("send", _ => true);
        var page = Show(_live);
        Give(page, List("film.mkv"));
        page.Sees(() => Assert.Single(sent.Invocations));
        Tell(ToldOf(sent), new SendSealed("clip-9", ["film.mkv"], 1, 0, 1, [], []));
        sent.SetResult(null);
        page.Sees(() => Assert.Equal("Close: film.mkv", page.Find(".send button").GetAttribute("aria-label")));
        Assert.Empty(page.FindAll(".failure"));
    }

    [Fact]
    public void While_the_agent_is_away_nothing_can_be_picked_and_it_is_said_why_a_drop_failed()
    {
        var away = _live with { Stream = StreamState.Lost };
        var home = Render<HomeScreen>(given => given.Add(screen => screen.State, away));
        Assert.True(home.Find("#files").HasAttribute("disabled"));
        Agent.Fail = new ControlException(ControlErrors.NoDaemon, "gone");
        var page = Show(away);
        Give(page, List("film.mkv"));
        page.Sees(() =>
            Assert.StartsWith("The agent is away", page.Find(".send .failure").TextContent, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void They_are_picked_on_Home_for_all_and_on_a_card_for_one()
    {
        var home = Render<HomeScreen>(given => given.Add(screen => screen.State, _live));
        Assert.Equal("Send files to all devices", home.Find("#files").GetAttribute("aria-label"));
        Assert.True(home.Find("#files").HasAttribute("multiple"));
        home.Find("#files").Change("C:\\fakepath\\a");
        Assert.Contains(Files.Invocations, call => call.Identifier == "take" && call.Arguments is ["files", null]);
        Assert.Equal(["ID-B", "ID-C"], home.FindAll("[data-drop]").Select(row => row.GetAttribute("data-drop")));
        var devices = Render<DevicesScreen>(given => given.Add(screen => screen.State, _live));
        Assert.Equal(["ID-B", "ID-C"], devices.FindAll("[data-drop]").Select(card => card.GetAttribute("data-drop")));
        devices.Find("#files-ID-B").Change("C:\\fakepath\\a");
        Assert.Contains(
            Files.Invocations,
            call => call.Identifier == "take" && call.Arguments is ["files-ID-B", "ID-B"]
        );
    }

    [Fact]
    public void In_German_it_is_German()
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("de");
        Agent.Fail = new ControlException(ControlErrors.TooLarge, "in English");
        var page = Show(_live);
        Sends.Over("ID-B");
        page.Sees(() => Assert.Equal("An phone senden", Said(page)));
        Give(page, List("a", "b", "c"));
        page.Sees(() =>
            Assert.StartsWith("Zu viel auf einmal", page.Find(".send .failure").TextContent, StringComparison.Ordinal)
        );
        Assert.Equal("a und 2 weitere", page.Find(".send .name").TextContent);
    }

    private IRenderedComponent<FileSendList> Show(ScreenState state) =>
        Render<FileSendList>(given => given.Add(list => list.State, state));

    private void Give(IRenderedComponent<FileSendList> page, string list, int id = 1, int unread = 0) =>
        page.Does(() => _ = Sends.Given(id, unread, list));

    private static string Said(IRenderedComponent<FileSendList> page) => Squeeze(page.Find(".drop-frame").TextContent);

    private static void Tell(FileSend send, SendEvent happened) =>
        send.Told(JsonSerializer.Serialize(happened, ControlJson.Default.SendEvent));

    private static FileSend ToldOf(JSRuntimeInvocationHandlerBase<string?> sent) =>
        Assert
            .IsType<Microsoft.JSInterop.DotNetObjectReference<FileSend>>(Assert.Single(sent.Invocations).Arguments[4])
            .Value;

    /// <summary>A million bytes each, as the script writes it.</summary>
    private static string List(params string[] names) => ListOf(null, names);

    private static string ListOf(string? device, params string[] names) =>
        JsonSerializer.Serialize(
            new GivenFilesRequest([.. names.Select(name => new GivenFile([name], 1_000_000))], device),
            ControlJson.Default.GivenFilesRequest
        );
}
