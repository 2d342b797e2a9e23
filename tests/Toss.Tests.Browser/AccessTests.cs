using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>axe over every screen, in both themes and both widths: WCAG 2.2 AA, and what is good practice beside it.</summary>
public sealed class AccessTests(Chromium chromium)
{
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
