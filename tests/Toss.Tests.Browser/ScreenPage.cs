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

    public static async Task<ScreenPage> OpenAsync(IBrowser browser, TossProgram device, Look? look = null)
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
            await opened.LogInAsync(device);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public async Task LogInAsync(TossProgram device, params string[] words)
    {
        var url = (await device.RunAsync(["ui", "--print", .. words])).Exits(0).Output.Trim();
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
        await Page.Locator($"nav.bar a[href='{path}']").ClickAsync();
        await Page.Locator($"nav.bar a[href='{path}'].here").WaitForAsync();
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name });

    public Task SeesAsync(string text) => Page.GetByText(text).First.WaitForAsync();

    /// <summary>Into artifacts/screens, for somebody to look at.</summary>
    public Task PictureAsync(string name) => Page.ScreenshotAsync(new() { Path = Artifacts.Picture(name) });

    public void HasNoComplaints() => Assert.Empty(Complaints);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
