using System.Text;
using Microsoft.Playwright;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Ui.History;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>History, as it shows what two devices have.</summary>
public sealed class HistoryTests(Chromium chromium)
{
    /// <summary>Of the list; the choices of filters have the same role.</summary>
    private const string Rows = "#history-list [role=option]";

    private const string Evil = "<img src=x onerror=\"document.title='in'\"><script>document.title='in'</script>";

    [Fact]
    public async Task What_was_copied_is_found_pinned_tagged_deleted_and_put_back()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await b.GoAsync("/history");
        await b.SeesAsync("Nothing yet.");
        await b.PictureAsync("history-empty-desktop-light");
        await FillAsync(two);
        var rows = b.Page.Locator(Rows);
        await Assertions.Expect(rows.First).ToContainTextAsync("The last of them");
        await b.PictureAsync("history-many-desktop-light");

        var search = b.Page.Locator("#history-search");
        await search.FillAsync("platform");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await b.SeesAsync("1 copy");
        await b.PictureAsync("history-search-desktop-light");
        await b.Page.GetByRole(AriaRole.Button, new() { Name = "Pin", Exact = true }).ClickAsync();
        await b.SeesAsync("Pinned: it is kept whatever its age.");
        await b.Page.Locator("#history-tag").FillAsync("Reise");
        await b.Page.Locator("#history-tag").PressAsync("Enter");
        await b.Page.Locator(".tags .name").GetByText("Reise").WaitForAsync();
        await search.FillAsync("reise");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await search.FillAsync("");
        await b.Button("Pinned only").ClickAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await b.Button("Pinned only").ClickAsync();
        await b.Page.GetByLabel("Kind").SelectOptionAsync("picture");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await b.Page.Locator(".detail .picture img").WaitForAsync();
        await b.PictureAsync("history-picture-desktop-light");
        await search.FillAsync("nothing of the sort");
        await b.SeesAsync("Nothing fits.");
        await b.PictureAsync("history-no-hit-desktop-light");
        await b.Button("Show everything").ClickAsync();

        // On B's screen; it is A's desktop that has it again.
        await search.FillAsync("platform 7");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await rows.GetByText("platform 7").ClickAsync();
        await b.Button("Copy again").ClickAsync();
        await b.SeesAsync("It is on the clipboard again.");
        await two.A.HoldsAsync("The train leaves at 9:42 from platform 7."u8.ToArray(), "text/plain;charset=utf-8");
        await using var desktop = new X11Programs(two.Display.Display);
        Assert.Equal(
            "The train leaves at 9:42 from platform 7.",
            Encoding.UTF8.GetString(await desktop.XclipPasteAsync("UTF8_STRING"))
        );

        await search.FillAsync("");
        await rows.GetByText("The last of them").ClickAsync();
        await b.Button("Delete").ClickAsync();
        await b.PictureAsync("history-menu-desktop-light");
        await b.Button("On this device").ClickAsync();
        await b.SeesAsync("Deleted on this device.");
        await Assertions.Expect(rows.GetByText("The last of them")).ToHaveCountAsync(0);
        await b.PictureAsync("history-deleted-desktop-light");
        await b.Button("Undo").ClickAsync();
        await Assertions.Expect(rows.GetByText("The last of them")).ToHaveCountAsync(1);

        // Everywhere is everywhere.
        await rows.GetByText("The last of them").ClickAsync();
        await b.Button("Delete").ClickAsync();
        await b.Button("Everywhere …").ClickAsync();
        await b.SeesAsync("Delete this copy everywhere?");
        await b.PictureAsync("history-dialog-desktop-light");
        await b.Button("Delete everywhere").ClickAsync();
        await Assertions.Expect(rows.GetByText("The last of them")).ToHaveCountAsync(0);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A, Look.PhoneDark);
        await a.GoAsync("/history");
        await a.SeesAsync("platform 7");
        await Assertions.Expect(a.Page.Locator(Rows).GetByText("The last of them")).ToHaveCountAsync(0);

        await a.Button("Clear").ClickAsync();
        await a.SeesAsync("Clear the history of this device?");
        await a.PictureAsync("history-clear-phone-dark");
        await a.Page.Keyboard.PressAsync("Escape");
        await a.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await a.Button("Clear").ClickAsync();
        await a.Page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        await a.SeesAsync("Nothing yet.");
        await a.Button("Undo").ClickAsync();
        await a.SeesAsync("platform 7");
        // A's clipboard held what history had no more; that it is not found is said by the browser too.
        Assert.All(a.Complaints, said => Assert.Contains("404", said, StringComparison.Ordinal));
        b.HasNoComplaints();
    }

    /// <summary>Neither hand touches a mouse.</summary>
    [Fact]
    public async Task By_keyboard_alone()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await FillAsync(two);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await b.TabToAsync("History");
        await b.Page.Keyboard.PressAsync("Enter");
        var rows = b.Page.Locator(Rows);
        await Assertions.Expect(rows.First).ToContainTextAsync("The last of them");

        await b.Page.Keyboard.PressAsync("/");
        await Assertions.Expect(b.Page.Locator("#history-search")).ToBeFocusedAsync();
        await b.Page.Keyboard.TypeAsync("number 17");
        await Assertions.Expect(rows.First).ToContainTextAsync("copy number 17");
        await Assertions.Expect(b.Page.Locator("#history-search")).ToHaveValueAsync("number 17");
        await b.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(rows.First).ToContainTextAsync("The last of them");

        await b.Page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(b.Page.GetByRole(AriaRole.Listbox)).ToBeFocusedAsync();
        await b.Page.Keyboard.PressAsync("End");
        await ChosenIsAsync(b, "The train leaves");
        await Assertions.Expect(b.Page.Locator("[aria-selected=true]")).ToBeInViewportAsync();
        await b.PictureAsync("history-keyboard-desktop-light");
        await b.Page.Keyboard.PressAsync("p");
        await b.SeesAsync("Pinned: it is kept whatever its age.");
        await b.Page.Keyboard.PressAsync("Enter");
        await b.SeesAsync("It is on the clipboard again.");
        await two.A.HoldsAsync("The train leaves at 9:42 from platform 7."u8.ToArray(), "text/plain;charset=utf-8");

        await b.Page.Keyboard.PressAsync("Home");
        await Assertions.Expect(rows.First).ToContainTextAsync("The train leaves");
        await b.Page.Keyboard.PressAsync("Home");
        await ChosenIsAsync(b, "The train leaves");
        await b.Page.Keyboard.PressAsync("ArrowDown");
        await ChosenIsAsync(b, "The last of them");
        await b.Page.Keyboard.PressAsync("Delete");
        await b.SeesAsync("Deleted on this device.");
        await Assertions.Expect(b.Page.GetByRole(AriaRole.Listbox)).ToBeFocusedAsync();
        await b.Page.Keyboard.PressAsync("Control+z");
        await b.SeesAsync("Back in history: 1.");
        await Assertions.Expect(rows.GetByText("The last of them")).ToHaveCountAsync(1);

        // The dialog takes the focus, and gives it back.
        await b.Page.Keyboard.PressAsync("Home");
        await b.Page.Keyboard.PressAsync("Shift+Delete");
        await b.SeesAsync("Delete this copy everywhere?");
        await b.Page.Keyboard.PressAsync("Escape");
        await b.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await Assertions.Expect(b.Page.GetByRole(AriaRole.Listbox)).ToBeFocusedAsync();

        // To what is beside the list, and back.
        await b.Page.Keyboard.PressAsync(" ");
        await Assertions.Expect(b.Page.Locator("#history-of")).ToBeFocusedAsync();
        await b.TabToAsync("Send");
        await b.Page.Keyboard.PressAsync("Enter");
        await b.TabToAsync("alpha-desk");
        await b.Page.Keyboard.PressAsync("Enter");
        await b.SeesAsync("Already there: alpha-desk.");

        // A menu that leads to a dialog has the focus again when nothing comes of it.
        await b.TabToAsync("Delete");
        await b.Page.Keyboard.PressAsync("Enter");
        await b.TabToAsync("Everywhere …");
        await b.Page.Keyboard.PressAsync("Enter");
        await b.SeesAsync("Delete this copy everywhere?");
        await b.Page.Keyboard.PressAsync("Escape");
        await b.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await Assertions.Expect(b.Button("Delete")).ToBeFocusedAsync();
        await b.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(b.Page.GetByRole(AriaRole.Listbox)).ToBeFocusedAsync();
        b.HasNoComplaints();
    }

    /// <summary>On a phone a copy stands in the place of the list, and the way back leads to where one was.</summary>
    [Fact]
    public async Task On_a_phone()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await FillAsync(two);
        foreach (var look in new[] { Look.Phone, Look.PhoneDark })
        {
            await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B, look);
            await b.GoAsync("/history");
            var rows = b.Page.Locator(Rows);
            await Assertions.Expect(rows.First).ToContainTextAsync("The last of them");
            await b.PictureAsync($"history-many-{look.Name}");
            await rows.Nth(3).ClickAsync();
            await b.Button("Back to the list").WaitForAsync();
            await Assertions.Expect(rows.First).ToBeHiddenAsync();
            await b.PictureAsync($"history-detail-{look.Name}");
            await b.Button("Delete").ClickAsync();
            await b.PictureAsync($"history-menu-{look.Name}");
            await b.Page.Keyboard.PressAsync("Escape");
            Assert.True(await b.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") <= look.Width);
            await b.Button("Back to the list").ClickAsync();
            await Assertions.Expect(b.Page.GetByRole(AriaRole.Listbox)).ToBeFocusedAsync();
            b.HasNoComplaints();
        }
    }

    [Fact]
    public async Task In_german_and_in_the_dark()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await FillAsync(two);
        await using var a = await ScreenPage.OpenAsync(
            chromium.Browser,
            two.A,
            Look.DesktopDark with
            {
                Locale = "de-DE",
            }
        );
        await a.GoAsync("/history");
        await a.SeesAsync("Erneut kopieren");
        await a.PictureAsync("history-german-desktop-dark");
        a.HasNoComplaints();
    }

    /// <summary>What other devices send is content, whatever it is made of, and fetches nothing.</summary>
    [Fact]
    public async Task Content_does_nothing_in_the_page()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        using var folder = new TemporaryFolder();
        var name = "<img src=x onerror=document.title='in'>.txt";
        await File.WriteAllTextAsync(folder[name], "x");
        await two.A.CopyAsync(Evil);
        await two.A.CopyAsync(
            Encoding.UTF8.GetBytes(
                "<svg xmlns='http://www.w3.org/2000/svg' onload=\"document.title='in'\"><script>document.title='in'</script></svg>"
            ),
            "image/svg+xml"
        );
        await two.A.CopyAsync(
            Encoding.UTF8.GetBytes(
                $"""
                <html><head><meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/">
                <style>@import "https://evil.example/a.css"; body {"{"} background: url(https://evil.example/b.png) {"}"}</style></head>
                <body onload="top.document.title='in'"><h1 style="color: #b00020">Travel <b>plan</b></h1>{Evil}
                <a href="javascript:top.document.title='in'">a link</a> <a href="https://evil.example/" target="_top">out</a>
                <iframe src="https://evil.example/"></iframe><form action="https://evil.example/"><input autofocus onfocus="top.document.title='in'"></form>
                <img src="https://evil.example/c.png"><img src="data:image/svg+xml,<svg onload='top.document.title=1'/>">
                <p style="background: url(https://evil.example/d.png)">paper</p><svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
                <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=top.document.title='in'&gt;"></table></mtext></math>
                </body></html>
                """
            ),
            "text/html"
        );
        (await two.A.RunAsync("send", folder[name], "--to", "beta-lap")).Exits(0);
        (await two.A.RunAsync("rename", "<b onclick=x>alpha</b>")).Exits(0);
        var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await using (b)
        {
            var asked = new List<string>();
            b.Page.Context.Request += (_, request) => asked.Add(request.Url);
            await b.GoAsync("/history");
            var rows = b.Page.Locator(Rows);
            await Assertions.Expect(rows).ToHaveCountAsync(4);
            for (var i = 0; i < 4; i++)
            {
                await rows.Nth(i).ClickAsync();
                await Assertions.Expect(rows.Nth(i)).ToHaveAttributeAsync("aria-selected", "true");
            }
            await rows.Filter(new() { HasText = "Web page text" }).ClickAsync();
            var frame = b.Page.FrameLocator("iframe.sheet");
            await frame.GetByText("Travel plan").WaitForAsync();
            await frame.GetByText("paper").WaitForAsync();
            Assert.Equal(
                0,
                await frame
                    .Locator("script, style, iframe, form, input, svg, math, [onclick], [onload], [onerror], [href]")
                    .CountAsync()
            );
            await b.PictureAsync("history-page-desktop-light");
            await b.Page.Locator("#history-tag").FillAsync("<i onclick=x>tag</i>");
            await b.Page.Locator("#history-tag").PressAsync("Enter");
            await b.Page.Locator(".tags .name").GetByText("<i onclick=x>tag</i>").WaitForAsync();
            await b.Page.Locator(".entry .about").GetByText("<b onclick=x>alpha</b>").First.WaitForAsync();
            await b.Page.GetByText(name).First.WaitForAsync();
            Assert.Equal("Toss", await b.Page.TitleAsync());
            Assert.Equal(
                0,
                await b.Page.Locator("main b, main i, main script, main [onclick], main [onerror]").CountAsync()
            );
            Assert.All(asked, url => Assert.StartsWith(b.Site.AbsoluteUri, url));
            // What is looked through before it is shown stands under the page's policy already, and what that refuses is said.
            Assert.All(
                b.Complaints,
                said =>
                    Assert.Contains("violates the following Content Security Policy", said, StringComparison.Ordinal)
            );
        }
    }

    /// <summary>The frame by itself, with HTML that nobody cleaned: its sandbox and its policies hold alone.</summary>
    [Fact]
    public async Task The_frame_holds_without_the_cleaning()
    {
        await using var device = await TossProgram.StartAsync("alpha-desk", null);
        await using var screen = await ScreenPage.OpenAsync(chromium.Browser, device);
        var asked = new List<string>();
        // What a policy refuses does not come so far.
        await screen.Page.Context.RouteAsync(
            "https://evil.example/**",
            route =>
            {
                asked.Add(route.Request.Url);
                return route.AbortAsync();
            }
        );
        await screen.Page.EvaluateAsync(
            """
            async document_ => {
              const frame = document.createElement('iframe');
              frame.setAttribute('sandbox', '');
              frame.srcdoc = document_;
              document.body.append(frame);
              await new Promise(done => { frame.onload = done; });
            }
            """,
            PageFrame.Of(
                Evil.Replace("document.title", "top.document.title", StringComparison.Ordinal)
                    + """
                    <meta http-equiv="refresh" content="0;url=https://evil.example/x"><img src="https://evil.example/y.png">
                    <link rel="stylesheet" href="https://evil.example/z.css"><iframe src="https://evil.example/f"></iframe><p>shown</p>
                    """
            )
        );
        await screen.Page.FrameLocator("body > iframe").GetByText("shown").WaitForAsync();
        Assert.Equal("Toss", await screen.Page.TitleAsync());
        Assert.Empty(asked);
        Assert.NotEmpty(screen.Complaints);
    }

    /// <summary>Copies of several kinds, and enough for a list that scrolls.</summary>
    private static async Task FillAsync(TwoDevices two)
    {
        const int copies = 30;
        await two.A.CopyAsync("The train leaves at 9:42 from platform 7.");
        for (var i = 0; i < copies; i++)
        {
            var text = $"copy number {i}: the quick brown fox jumps over the lazy dog, and then it does so once more";
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
            await two.A.Control.CopyAsync("text/plain;charset=utf-8", content, isSecret: false, CancellationToken.None);
        }
        await two.A.CopyAsync(TestPicture.Of(1, 320, 200).ToPng(), "image/png");
        await two.A.CopyAsync(
            "https://example.org/a/long/path?with=a&query=that#goes-on"u8.ToArray(),
            "text/plain;charset=utf-8"
        );
        await two.B.CopyAsync("The last of them");
        await two.A.HoldsAsync("The last of them"u8.ToArray(), "text/plain;charset=utf-8");
    }

    private static Task ChosenIsAsync(ScreenPage screen, string text) =>
        Assertions.Expect(screen.Page.Locator("[aria-selected=true]")).ToContainTextAsync(text);
}
