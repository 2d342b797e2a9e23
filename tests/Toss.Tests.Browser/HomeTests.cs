using System.Text;
using Microsoft.Playwright;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>Home, as it shows what two devices do.</summary>
public sealed class HomeTests(Chromium chromium)
{
    [Fact]
    public async Task What_is_copied_on_one_is_seen_on_the_other_and_where_it_is()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B, Look.PhoneDark);
        await b.SeesAsync("Nothing yet.");
        await b.PictureAsync("home-empty-phone-dark");
        await using var desktop = new X11Programs(two.Display.Display);
        await desktop.XclipCopyAsync("The train leaves at 9:42 from platform 7.");
        await b.SeesAsync("The train leaves at 9:42 from platform 7.");
        await b.SeesAsync("Copied on alpha-desk");
        await a.SeesAsync("On its clipboard");
        await a.PictureAsync("home-text-desktop-light");
        await b.PictureAsync("home-text-phone-dark");

        await a.Button("Send to beta-lap").ClickAsync();
        await a.SeesAsync("Already there: beta-lap.");

        // What comes from elsewhere is text here, whatever it says.
        await two.A.CopyAsync(
            Encoding.UTF8.GetBytes("<img src=x onerror=document.title='in'><b>bold</b>"),
            "text/html"
        );
        await b.SeesAsync("Web page text");
        Assert.Equal("Toss", await b.Page.TitleAsync());

        await two.A.CopyAsync(TestPicture.Of(1, 320, 200).ToPng(), "image/png");
        await b.Page.Locator(".picture img").WaitForAsync();
        Assert.Equal(320, await b.Page.Locator(".picture img").EvaluateAsync<int>("image => image.naturalWidth"));
        await b.PictureAsync("home-picture-phone-dark");

        await a.Button("Pause").ClickAsync();
        await a.PictureAsync("home-pause-menu-desktop-light");
        await a.Button("For an hour").ClickAsync();
        await a.SeesAsync("Paused until");
        await a.PictureAsync("home-paused-desktop-light");
        Assert.True((await two.A.Control.GetStatusAsync(CancellationToken.None)).Paused);
        await a.Button("Resume").ClickAsync();
        await a.Button("Pause").WaitForAsync();
        a.HasNoComplaints();
        b.HasNoComplaints();
    }

    /// <summary>Who brings it holds still in the middle, so that there is time to look at it.</summary>
    [Fact]
    public async Task Large_content_on_its_way_is_shown_and_stopped()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await two.B.Control.SetConfigAsync("fetch-direct", "512", default);
        await two.B.Control.SetConfigAsync("fetch-relayed", "512", default);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await two.B.CopyAsync("before");
        await b.SeesAsync("before");
        // On its way for longer than it takes to see it and to stop who sends it.
        var large = new byte[400_000_000];
        new Random(1).NextBytes(large);
        await two.A.CopyAsync(large, "application/x-large");
        var row = b.Page.Locator(".transfer");
        await row.WaitForAsync();
        await Signals.SendAsync("STOP", two.A.DaemonPid);
        try
        {
            await b.SeesAsync(" of 400");
            await b.PictureAsync("home-transfer-desktop-light");
            await row.GetByRole(AriaRole.Button).ClickAsync();
            await row.WaitForAsync(new() { State = WaitForSelectorState.Detached });
            b.HasNoComplaints();
        }
        finally
        {
            await Signals.SendAsync("CONT", two.A.DaemonPid);
        }
    }

    /// <summary>Sent by hand: one is seen on its way and stopped, and neither side goes on with it; the next arrives.</summary>
    [Fact]
    public async Task Files_on_their_way_are_shown_stopped_and_received()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        using var folder = new TemporaryFolder();
        var received = Directory.CreateDirectory(folder["received"]);
        (await two.B.RunAsync("config", "receive-folder", received.FullName)).Exits(0);
        var large = new byte[400_000_000];
        new Random(2).NextBytes(large);
        await File.WriteAllBytesAsync(folder["film.mkv"], large);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await b.SeesAsync("alpha-desk");
        await using (var sending = two.A.Begin("send", folder["film.mkv"], "--to", "beta-lap"))
        {
            var row = b.Page.Locator(".transfer");
            await row.WaitForAsync();
            await Signals.SendAsync("STOP", two.A.DaemonPid);
            try
            {
                await b.SeesAsync(" of 400");
                await Assertions.Expect(row).ToContainTextAsync("film.mkv");
                await b.PictureAsync("home-file-desktop-light");
                await row.GetByRole(AriaRole.Button).ClickAsync();
                await row.WaitForAsync(new() { State = WaitForSelectorState.Detached });
            }
            finally
            {
                await Signals.SendAsync("CONT", two.A.DaemonPid);
            }
            Assert.NotEqual(0, (await sending.EndAsync()).ExitCode);
        }
        await File.WriteAllTextAsync(folder["list.txt"], "bread, milk");
        (await two.A.RunAsync("send", folder["list.txt"], "--to", "beta-lap")).Exits(0);
        Assert.Equal("bread, milk", await File.ReadAllTextAsync(Path.Combine(received.FullName, "list.txt")));
        Assert.Equal(["list.txt"], received.EnumerateFileSystemInfos().Select(file => file.Name));
        await b.GoAsync("/history");
        await b.Page.Locator("#history-list [role=option]").Filter(new() { HasText = "list.txt" }).ClickAsync();
        await b.SeesAsync("Sent by hand: 1 file, 11 B.");
        b.HasNoComplaints();
    }

    /// <summary>Killed, so that it could say goodbye to nobody, and started anew: the page that is open goes on by itself.</summary>
    [Fact]
    public async Task An_agent_that_is_started_anew_is_found_again_and_nothing_is_gone_from_view()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await two.B.CopyAsync("before");
        await a.SeesAsync("before");
        await two.A.KillAsync();
        await a.SeesAsync("No connection to the agent.");
        Assert.True(await a.Page.GetByText("before").IsVisibleAsync());
        Assert.True(await a.Button("Send to all").IsDisabledAsync());
        await a.PictureAsync("home-lost-desktop-light");
        await a.Page.SetViewportSizeAsync(Look.Phone.Width, Look.Phone.Height);
        await a.PictureAsync("home-lost-phone-light");
        await two.B.CopyAsync("meanwhile");
        await two.A.UpAsync();
        await a.SeesAsync("meanwhile");
        await a.Page.Locator(".stream .lost").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        // Orders go through again, by the new cookie.
        await a.Button("Send to all").ClickAsync();
        await a.SeesAsync("Already there: beta-lap.");
        await a.Page.ReloadAsync();
        await a.SeesAsync("meanwhile");

        // Asked to end and up again: the same.
        (await two.A.RunAsync("down")).Exits(0);
        await a.SeesAsync("No connection to the agent.");
        await two.A.UpAsync();
        await a.Page.Locator(".stream .lost").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        // And closed is closed.
        (await two.A.RunAsync("ui", "--close")).Exits(0);
        await a.SeesAsync("No connection to the agent.");
    }

    /// <summary>What was being read, looked for and typed is there still, and orders go through again.</summary>
    [Fact]
    public async Task On_every_other_screen_too_nothing_is_gone_from_view_after_a_restart()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await two.B.CopyAsync("kept pears");
        await two.B.CopyAsync("other");
        await two.B.CopyAsync("kept apples");
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.SeesAsync("kept apples");

        await a.GoAsync("/history");
        var rows = a.Page.Locator("#history-list [role=option]");
        await a.Page.Locator("#history-search").FillAsync("kept");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await rows.Nth(1).ClickAsync();
        await RestartAsync(
            two.A,
            a,
            async () =>
            {
                await Assertions.Expect(rows).ToHaveCountAsync(2);
                await Assertions.Expect(rows.Nth(1)).ToHaveAttributeAsync("aria-selected", "true");
                await Assertions.Expect(a.Page.Locator("#history-search")).ToHaveValueAsync("kept");
                await a.PictureAsync("history-lost-desktop-light");
            }
        );
        await Assertions.Expect(rows.Nth(1)).ToHaveAttributeAsync("aria-selected", "true");
        await two.B.CopyAsync("kept plums");
        await Assertions.Expect(rows).ToHaveCountAsync(3);
        await Assertions.Expect(a.Page.Locator("#history-search")).ToHaveValueAsync("kept");
        await a.Button("Copy again").ClickAsync();
        await a.SeesAsync("Copied");

        await a.GoAsync("/devices");
        await a.SeesAsync("Let in by");
        await a.Page.Locator("#own-name").FillAsync("half a na");
        await a.Page.Locator("summary").First.ClickAsync();
        var open = await a.Page.Locator("details[open]").CountAsync();
        await RestartAsync(
            two.A,
            a,
            async () =>
            {
                await a.SeesAsync("Let in by");
                Assert.True(await a.Button("Unpair beta-lap").IsDisabledAsync());
                await a.PictureAsync("devices-lost-desktop-light");
            }
        );
        await Assertions.Expect(a.Page.Locator("#own-name")).ToHaveValueAsync("half a na");
        await Assertions.Expect(a.Page.Locator("details[open]")).ToHaveCountAsync(open);
        await a.SeesAsync("Let in by");
        await a.Page.Locator("#own-name").FillAsync("workshop");
        await a.Page.Locator("#own-name").PressAsync("Enter");
        await a.SeesAsync("It has its new name");

        await a.GoAsync("/settings");
        await a.SeesAsync("Log file");
        await a.Page.Locator("#relay-url").FillAsync("wss://half.exam");
        await RestartAsync(
            two.A,
            a,
            async () =>
            {
                await a.SeesAsync("Log file");
                Assert.True(await a.Page.Locator("#set-metered").IsDisabledAsync());
                await a.PictureAsync("settings-lost-desktop-light");
            }
        );
        await Assertions.Expect(a.Page.Locator("#relay-url")).ToHaveValueAsync("wss://half.exam");
        await a.Page.Locator("#set-metered").ClickAsync();
        await a.Button("Reset: Metered").And(a.Page.Locator(":enabled")).WaitForAsync();
    }

    /// <summary>Killed, looked at, and up again; the page finds it by itself.</summary>
    private static async Task RestartAsync(TossProgram device, ScreenPage screen, Func<Task> look)
    {
        await device.KillAsync();
        await screen.SeesAsync("No connection to the agent.");
        await look();
        await device.UpAsync();
        await screen.Page.Locator(".stream .lost").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    [Fact]
    public async Task In_german_it_is_german()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A, Look.Desktop with { Locale = "de-DE" });
        await a.SeesAsync("In der Zwischenablage");
        Assert.Equal("de", await a.Page.Locator("html").GetAttributeAsync("lang"));
        await two.B.CopyAsync("Grüße");
        await a.SeesAsync("Kopiert auf beta-lap");
        await a.PictureAsync("home-german-desktop-light");
        await a.GoAsync("/pair");
        await a.SeesAsync("Zwei Geräte werden durch einen Code gekoppelt");
        await a.PictureAsync("pair-german-desktop-light");
        a.HasNoComplaints();
    }
}
