using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Toss.Testing.Histories;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>History as somebody has it after years: a hundred thousand copies, in the page of a real agent.</summary>
public sealed class LongHistoryTests(Chromium chromium)
{
    private const string Rows = "#history-list [role=option]";
    private const int Copies = 100_000;

    /// <summary>Far more than is kept of a list in the page.</summary>
    private const int Pages = 12;

    /// <summary>As HistoryList has it.</summary>
    private const int PageSize = 200;

    /// <summary>What is seen at once, and a little on either side.</summary>
    private const int MostRows = 60;

    [Fact]
    public async Task It_is_gone_through_searched_and_pinned()
    {
        await using var device = await TossProgram.StartAsync("alpha-desk", relay: null);
        (await device.RunAsync("config", "history-clips", "200000")).Exits(0);
        (await device.RunAsync("config", "history-days", "3650")).Exits(0);
        (await device.RunAsync("down")).Exits(0);
        // Work of this test itself, which takes as long as signing and sealing them does: nobody is waited for.
        await StoredHistory.FillAsync(device.Folders.Data, Copies);
        await device.UpAsync();
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, device);
        var texts = new HistoryText(1);
        var all = Enumerable.Range(0, Copies).Select(texts.Next).ToList();

        var rows = a.Page.Locator(Rows);
        var watch = Stopwatch.StartNew();
        await a.GoAsync("/history");
        await Assertions.Expect(rows.First).ToContainTextAsync(LineOf(all[^1]));
        Figure("rows on screen", watch);
        await FewRowsAsync(a);

        // Down to its end as far as it is known, again and again: what was seen first is let go meanwhile, and comes again.
        await rows.First.ClickAsync();
        await a.Page.Locator("#history-list").FocusAsync();
        for (var page = 1; page <= Pages; page++)
        {
            await a.Page.Keyboard.PressAsync("End");
            await FoundAsync(a, $"{(page + 1) * PageSize:N0} copies and more");
            await ChosenIsAsync(a, all[^(page * PageSize)]);
            await Assertions.Expect(a.Page.Locator("[aria-selected=true]")).ToBeInViewportAsync();
        }
        await FewRowsAsync(a);
        watch.Restart();
        await a.Page.Keyboard.PressAsync("Home");
        await ChosenIsAsync(a, all[^1]);
        Figure("back at the newest", watch);
        // And by the wheel, over pages that were let go: each row is the one that belongs there.
        await a.Page.Locator("#history-list").HoverAsync();
        for (var turn = 0; turn < 20; turn++)
        {
            await a.Page.Mouse.WheelAsync(0, 2_000);
        }
        await a.Page.WaitForFunctionAsync(
            """
            () => {
              const rows = [...document.querySelectorAll('#history-list [role=option]')];
              return rows.length > 0 && rows.every(row => row.ariaPosInSet > 400 && !row.querySelector('.bone'));
            }
            """
        );
        foreach (var row in await rows.AllAsync())
        {
            var place = int.Parse((await row.GetAttributeAsync("aria-posinset"))!, CultureInfo.InvariantCulture);
            Assert.StartsWith(
                LineOf(all[^place]),
                (await row.Locator(".line").TextContentAsync())!,
                StringComparison.Ordinal
            );
        }
        await FewRowsAsync(a);
        await a.PictureAsync("history-long-desktop-light");

        // Somewhere in the middle there is one with this number, and no other.
        var number = Enumerable.Range(Copies / 2, 1000).First(i => all[i].Length < 80);
        var search = a.Page.Locator("#history-search");
        watch.Restart();
        await search.FillAsync(number.ToString(CultureInfo.InvariantCulture));
        await FoundAsync(a, "1 copy");
        Figure("first search of 100,000, typed to drawn", watch);
        await ChosenIsAsync(a, all[number]);
        await search.PressAsync("ArrowDown");
        await a.Page.Keyboard.PressAsync("p");
        await a.SeesAsync("Pinned: it is kept whatever its age.");
        await search.FillAsync("");
        await FoundAsync(a, $"{PageSize} copies and more");
        await a.Button("Pinned only").ClickAsync();
        await FoundAsync(a, "1 copy");
        await ChosenIsAsync(a, all[number]);
        a.HasNoComplaints();
    }

    private static async Task FewRowsAsync(ScreenPage screen) =>
        Assert.InRange(await screen.Page.Locator(Rows).CountAsync(), 1, MostRows);

    private static Task FoundAsync(ScreenPage screen, string text) =>
        Assertions.Expect(screen.Page.Locator(".found")).ToHaveTextAsync(text);

    private static Task ChosenIsAsync(ScreenPage screen, string text) =>
        Assertions.Expect(screen.Page.Locator("[aria-selected=true] .line")).ToContainTextAsync(LineOf(text));

    /// <summary>Its beginning, as a row has it.</summary>
    private static string LineOf(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > 60 ? line[..60] : line;
    }

    private static void Figure(string name, Stopwatch watch) =>
        Artifacts.Figure($"history of {Copies:N0}: {name}", $"{watch.ElapsedMilliseconds} ms");
}
