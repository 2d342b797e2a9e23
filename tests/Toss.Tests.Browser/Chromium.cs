using Microsoft.Playwright;
using Toss.Testing.Platform;
using Toss.Tests.Browser;
using Xunit;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Toss.Tests.Browser;

/// <summary>Debian's Chromium, one for all tests; each has contexts of its own, which share nothing.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>Elsewhere than at its place in Debian.</summary>
    private const string PathVariable = "CHROMIUM";

    private IPlaywright? _playwright;

    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout((float)Watchdog.Patience.TotalMilliseconds);
        _playwright = await Playwright.CreateAsync();
        Browser = await LaunchAsync();
    }

    /// <summary>Another one, which the caller disposes: for what only the command line sets.</summary>
    public Task<IBrowser> LaunchAsync(params string[] more) =>
        _playwright!.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = Environment.GetEnvironmentVariable(PathVariable) ?? "/usr/bin/chromium",
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    .. more,
                ],
            }
        );

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
