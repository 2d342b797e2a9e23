using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Toss.Control;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>axe over every screen, in both themes and both widths: WCAG 2.2 AA, and what is good practice beside it.</summary>
public sealed class AccessTests(Chromium chromium)
{
    /// <summary>What a person drags: for an event of the page.</summary>
    private const string OneFile = """
        () => {
          const drag = new DataTransfer();
          drag.items.add(new File(['x'], 'x.txt'));
          return drag;
        }
        """;

    [Fact]
    public async Task Nobody_is_kept_out()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await two.B.CopyAsync("<h1>Travel plan</h1><p>Paper</p>"u8.ToArray(), "text/html");
        await two.B.CopyAsync("The train leaves at 9:42 from platform 7.");
        var found = new List<string>();
        foreach (var look in Look.All)
        {
            await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A, look);
            await a.SeesAsync("The train leaves");
            await LookAsync(a, $"home {look.Name}", found);
            await a.PictureAsync($"home-text-{look.Name}");
            await a.Button("Pause").ClickAsync();
            await LookAsync(a, $"pause menu {look.Name}", found);
            await HistoryAsync(a, look, found);
            await a.GoAsync("/pair");
            await LookAsync(a, $"pair {look.Name}", found);
            await a.PictureAsync($"pair-paired-{look.Name}");
            await a.Button("Show a code").ClickAsync();
            await a.Page.Locator(".digits").WaitForAsync();
            await LookAsync(a, $"code {look.Name}", found);
            await a.PictureAsync($"pair-code-{look.Name}");
            await NothingWiderThanThePageAsync(a, look);
            await a.Button("Cancel").ClickAsync();
            await a.Button("Show a code").WaitForAsync();
        }
        Assert.Empty(found);
    }

    /// <summary>With rows, a page in its frame, each menu, and the dialog open.</summary>
    private static async Task HistoryAsync(ScreenPage screen, Look look, List<string> found)
    {
        await screen.GoAsync("/history");
        var rows = screen.Page.Locator("#history-list [role=option]");
        await rows.First.WaitForAsync();
        await LookAsync(screen, $"history {look.Name}", found);
        await rows.GetByText("Web page text").ClickAsync();
        await screen.Page.Locator("iframe.sheet").WaitForAsync();
        foreach (var menu in new[] { "Send", "Delete" })
        {
            await screen.Button(menu).ClickAsync();
            await LookAsync(screen, $"history {menu} {look.Name}", found);
            await NothingWiderThanThePageAsync(screen, look);
            await screen.Button(menu).ClickAsync();
        }
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Pin", Exact = true }).ClickAsync();
        await screen.Page.Locator(".toast p").WaitForAsync();
        await LookAsync(screen, $"history said {look.Name}", found);
        await screen.Button("Delete").ClickAsync();
        await screen.Button("Everywhere …").ClickAsync();
        await screen.Page.Locator("dialog").WaitForAsync();
        await LookAsync(screen, $"history dialog {look.Name}", found);
        await screen.PictureAsync($"history-dialog-{look.Name}");
        await screen.Button("Cancel").ClickAsync();
        await screen.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    /// <summary>Devices, Settings and the first run: with menus, details and dialogs open.</summary>
    [Fact]
    public async Task Nobody_is_kept_out_of_devices_settings_and_the_first_run()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var alone = await TossProgram.StartAsync("gamma-tab", relay: null);
        var found = new List<string>();
        foreach (var look in Look.All)
        {
            await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A, look);
            await a.GoAsync("/devices");
            await a.SeesAsync("Let in by");
            await LookAsync(a, $"devices {look.Name}", found);
            await a.PictureAsync($"devices-{look.Name}", whole: true);
            foreach (var summary in await a.Page.Locator("summary").AllAsync())
            {
                await summary.ClickAsync();
            }
            await LookAsync(a, $"devices, all open {look.Name}", found);
            await a.PictureAsync($"devices-rules-{look.Name}", whole: true);
            await NothingWiderThanThePageAsync(a, look);
            await a.Button("Unpair beta-lap").ClickAsync();
            await a.Button("Unpair for good").And(a.Page.Locator(":enabled")).WaitForAsync();
            await LookAsync(a, $"unpair {look.Name}", found);
            await a.PictureAsync($"devices-unpair-{look.Name}");
            await a.Page.Keyboard.PressAsync("Escape");
            await a.Button("Leave the others").ClickAsync();
            await LookAsync(a, $"leave {look.Name}", found);
            await a.PictureAsync($"devices-leave-{look.Name}");
            await a.Page.Keyboard.PressAsync("Escape");
            await a.GoAsync("/settings");
            await a.SeesAsync("Log file");
            await a.Page.Locator("summary").Last.ClickAsync();
            await a.Page.Locator("#set-max-size").FillAsync("0");
            await a.Page.Locator("#set-max-size").PressAsync("Enter");
            await a.SeesAsync("A whole number from 1 to");
            await LookAsync(a, $"settings {look.Name}", found);
            await a.PictureAsync($"settings-{look.Name}", whole: true);
            await NothingWiderThanThePageAsync(a, look);

            await using var first = await ScreenPage.OpenAsync(chromium.Browser, alone, look);
            await first.SeesAsync("No other device can be found from here");
            await LookAsync(first, $"welcome {look.Name}", found);
            await first.PictureAsync($"welcome-nobody-{look.Name}", whole: true);
            await NothingWiderThanThePageAsync(first, look);
        }
        Assert.Empty(found);
    }

    /// <summary>Files that are sent and refused, files held over the page, a list of which a part is missing, and the question of Clear.</summary>
    [Fact]
    public async Task Nobody_is_kept_out_of_what_is_sent_asked_or_failed()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await two.B.CopyAsync("The train leaves at 9:42 from platform 7.");
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await b.SeesAsync("The train leaves");
        await OfFilesAsync(b);
        var found = new List<string>();
        foreach (var look in Look.All)
        {
            await SetAsync(b, look);
            await b
                .Page.Locator("main")
                .DispatchEventAsync("dragover", new { dataTransfer = await b.Page.EvaluateHandleAsync(OneFile) });
            await Assertions.Expect(b.Page.Locator(".drop-frame")).ToContainTextAsync("Send to all devices");
            await LookAsync(b, $"sent {look.Name}", found);
            await b.PictureAsync($"home-sent-{look.Name}");
            await NothingWiderThanThePageAsync(b, look);
            await b.Page.Locator("main").DispatchEventAsync("dragleave");
            await ClearDialogAndFailureAsync(two.B, b, look, found);
            await b.GoAsync("/");
        }
        Assert.Empty(found);
    }

    /// <summary>Two rows of files: one on its way, one that was refused.</summary>
    private static async Task OfFilesAsync(ScreenPage screen)
    {
        var files = screen.Page.GetByLabel("Send files to all devices");
        await files.SetInputFilesAsync(
            new FilePayload
            {
                Name = "small.txt",
                MimeType = "text/plain",
                Buffer = [1, 2, 3],
            }
        );
        await screen.SeesAsync("small.txt");
        await screen.Page.RouteAsync("**/api/send/given/check", route => route.AbortAsync());
        await files.SetInputFilesAsync(
            new FilePayload
            {
                Name = "refused.txt",
                MimeType = "text/plain",
                Buffer = [1, 2, 3],
            }
        );
        await screen.Page.Locator(".send .failure").WaitForAsync();
    }

    private static async Task ClearDialogAndFailureAsync(
        TossProgram device,
        ScreenPage screen,
        Look look,
        List<string> found
    )
    {
        // The first page says that there is more, and the next does not come.
        var first = await device.Control.GetHistoryAsync(new HistoryRequest(null, 10), default);
        var page = first with { Next = first.Entries[^1].Id };
        var asked = 0;
        await screen.Page.RouteAsync(
            "**/api/history",
            route =>
                asked++ > 0
                    ? route.AbortAsync()
                    : route.FulfillAsync(
                        new()
                        {
                            ContentType = "application/json",
                            Headers = new Dictionary<string, string> { ["Toss-Control-Version"] = "1" },
                            Body = JsonSerializer.Serialize(page, ControlJson.Default.HistoryPage),
                        }
                    )
        );
        await screen.GoAsync("/history");
        await screen.Page.Locator(".part p").WaitForAsync();
        await LookAsync(screen, $"history in part {look.Name}", found);
        await screen.PictureAsync($"history-part-{look.Name}");
        await NothingWiderThanThePageAsync(screen, look);
        await screen.Button("Clear").ClickAsync();
        await screen.Page.Locator("dialog").WaitForAsync();
        await LookAsync(screen, $"clear {look.Name}", found);
        await screen.Page.Keyboard.PressAsync("Escape");
        await screen.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await screen.Page.UnrouteAsync("**/api/history");
    }

    [Fact]
    public async Task Nobody_is_kept_out_of_a_pairing_that_is_done()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await a.GoAsync("/pair");
        await a.Button("Show a code").ClickAsync();
        var code = await a.Page.Locator(".digits").InnerTextAsync();
        await b.GoAsync("/pair");
        await b.Page.Locator("#code").FillAsync(code);
        await b.Page.Locator("#code").PressAsync("Enter");
        await a.SeesAsync("Add beta-lap?");
        var found = new List<string>();
        await LookAtAllAsync(a, "asked", found);
        await a.Button("Add").First.ClickAsync();
        await a.SeesAsync("Paired with beta-lap");
        await b.SeesAsync("Paired with alpha-desk");
        await LookAtAllAsync(a, "paired", found);
        await LookAtAllAsync(b, "joined", found);
        Assert.Empty(found);
    }

    /// <summary>What is there once only, in each theme and width.</summary>
    private static async Task LookAtAllAsync(ScreenPage screen, string what, List<string> found)
    {
        foreach (var look in Look.All)
        {
            await SetAsync(screen, look);
            await LookAsync(screen, $"{what} {look.Name}", found);
            await NothingWiderThanThePageAsync(screen, look);
            await screen.PictureAsync($"pair-{what}-{look.Name}");
        }
    }

    private static async Task SetAsync(ScreenPage screen, Look look)
    {
        await screen.Page.SetViewportSizeAsync(look.Width, look.Height);
        await screen.Page.EmulateMediaAsync(new() { ColorScheme = look.Dark ? ColorScheme.Dark : ColorScheme.Light });
    }

    internal static async Task LookAsync(ScreenPage screen, string what, List<string> found)
    {
        var options = new AxeRunOptions
        {
            // The frame of a copied page runs no script, axe's neither: it would wait for ever. What is in it is somebody else's.
            Iframes = false,
            RunOnly = RunOnlyOptions.Tags("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"),
        };
        var result = await screen.Page.RunAxe(options);
        Assert.NotEmpty(result.Passes);
        found.AddRange(
            from violation in result.Violations
            from node in violation.Nodes
            select $"{what}: {violation.Id}: {node.Html} ({node.Target})"
        );
    }

    internal static async Task NothingWiderThanThePageAsync(ScreenPage screen, Look look)
    {
        var width = await screen.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
        Assert.True(width <= look.Width, $"{look.Name}: {width} wide");
    }
}
