using System.Collections.Concurrent;
using Microsoft.Playwright;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>The screens of a device, in a browser context of their own, as `toss ui` opens them.</summary>
internal sealed class ScreenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = [];

    private ScreenPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, said) =>
        {
            if (said.Type is "error" or "warning")
            {
                _complaints.Enqueue($"{said.Text} ({said.Location})");
            }
        };
        page.PageError += (_, failed) => _complaints.Enqueue(failed);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the page and of the browser about it.</summary>
    public IReadOnlyList<string> Complaints => [.. _complaints];

    /// <summary>The screens' own address, without a ticket.</summary>
    public Uri Site { get; private set; } = null!;

    public static async Task<ScreenPage> OpenAsync(
        IBrowser browser,
        TossProgram device,
        Look? look = null,
        string? link = null
    )
    {
        look ??= Look.Desktop;
        var context = await browser.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = look.Width, Height = look.Height },
                ColorScheme = look.Dark ? ColorScheme.Dark : ColorScheme.Light,
                Locale = look.Locale,
                ReducedMotion = ReducedMotion.Reduce,
                IgnoreHTTPSErrors = false,
                Permissions = ["camera"],
            }
        );
        context.SetDefaultTimeout((float)Watchdog.Patience.TotalMilliseconds);
        var opened = new ScreenPage(context, await context.NewPageAsync());
        try
        {
            await opened.LogInAsync(device, link);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    private async Task LogInAsync(TossProgram device, string? link)
    {
        var url = (await device.RunAsync(["ui", "--print", .. link is null ? [] : (string[])[link]]))
            .Exits(0)
            .Output.Trim();
        Site = new Uri(new Uri(url).GetLeftPart(UriPartial.Authority));
        await Page.GotoAsync(url);
        try
        {
            await Page.Locator("main h1").WaitForAsync();
        }
        catch (TimeoutException)
        {
            var shown = await Page.InnerTextAsync("body");
            throw new TimeoutException(
                $"The screens of {device.Name} did not begin: {shown.Trim()} {string.Join("; ", Complaints)}"
            );
        }
    }

    /// <summary>By the bar, as a person goes.</summary>
    public async Task GoAsync(string path)
    {
        await Page.EvaluateAsync("() => { window.isSamePage = true; }");
        await Page.Locator($"nav.bar a[href='{path}']").ClickAsync();
        await Page.Locator($"nav.bar a[href='{path}'].here").WaitForAsync();
        Assert.True(await Page.EvaluateAsync<bool>("() => window.isSamePage === true"), "the app was loaded anew");
    }

    /// <summary>By the tabulator alone, to what says so of itself.</summary>
    public async Task TabToAsync(string name)
    {
        const int most = 30;
        var seen = new List<string>();
        for (var i = 0; i < most; i++)
        {
            await Page.Keyboard.PressAsync("Tab");
            var focused = await Page.EvaluateAsync<string>(
                "() => { const at = document.activeElement; return (at.innerText || at.placeholder || at.ariaLabel || '').trim(); }"
            );
            if (focused == name)
            {
                return;
            }
            seen.Add(focused);
        }
        Assert.Fail($"no {name} among: {string.Join(", ", seen)}");
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name });

    public Task SeesAsync(string text) => Page.GetByText(text).First.WaitForAsync();

    /// <summary>Into artifacts/screens, for somebody to look at.</summary>
    /// <param name="whole">All of the page, and not only what is seen of it at once.</param>
    public async Task PictureAsync(string name, bool whole = false)
    {
        if (whole)
        {
            // What sticks to the window would stand in the middle of the picture.
            await Page.EvaluateAsync("() => scrollTo(0, 0)");
        }
        await Page.ScreenshotAsync(new() { Path = Artifacts.Picture(name), FullPage = whole });
    }

    public void HasNoComplaints() => Assert.Empty(Complaints);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
