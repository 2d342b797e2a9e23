using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>axe over every screen, in both themes and both widths: WCAG 2.2 AA, and what is good practice beside it.</summary>
public sealed class AccessTests(Chromium chromium)
{
    [Fact]
    public async Task Nobody_is_kept_out()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
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

    private static async Task LookAsync(ScreenPage screen, string what, List<string> found)
    {
        var options = new AxeRunOptions
        {
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

    private static async Task NothingWiderThanThePageAsync(ScreenPage screen, Look look)
    {
        var width = await screen.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
        Assert.True(width <= look.Width, $"{look.Name}: {width} wide");
    }
}
