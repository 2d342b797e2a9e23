using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>The first run: with nobody and nothing, to two paired devices.</summary>
public sealed class WelcomeTests(Chromium chromium)
{
    [Fact]
    public async Task It_says_what_is_missing_and_ends_with_two_devices()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await using var alone = await TossProgram.StartAsync("gamma-tab", relay: null);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, alone);
        await a.SeesAsync("Welcome to Toss");
        await a.SeesAsync("No other device can be found from here");
        await a.SeesAsync("Direct links are off.");

        // What is missing is mended here.
        await a.Page.Locator("#relay-url").FillAsync(two.Relay.Url.AbsoluteUri);
        await a.Page.Locator("#relay-url").PressAsync("Enter");
        await a.SeesAsync("Devices are found through the relay");
        await a.PictureAsync("welcome-relay-desktop-light", whole: true);

        await a.Button("Show a code").ClickAsync();
        var code = await a.Page.Locator(".digits").InnerTextAsync();
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B, Look.PhoneDark);
        await b.SeesAsync("Welcome to Toss");
        await b.PictureAsync("welcome-phone-dark", whole: true);
        await b.Page.Locator("#code").FillAsync(code);
        await b.Page.Locator("#code").PressAsync("Enter");
        await a.SeesAsync("Add beta-lap?");
        await a.Button("Add").First.ClickAsync();
        await a.SeesAsync("Paired with beta-lap");
        await b.SeesAsync("Paired with gamma-tab");
        await a.PictureAsync("welcome-done-desktop-light");
        await b.PictureAsync("welcome-done-phone-dark");
        Assert.Equal(["beta-lap"], await alone.PeersAsync());
        Assert.Equal(["gamma-tab"], await two.B.PeersAsync());
        await a.Button("Go to Home").ClickAsync();
        await a.SeesAsync("Nothing yet.");
        await two.B.CopyAsync("the first one");
        await a.SeesAsync("the first one");
        a.HasNoComplaints();
        b.HasNoComplaints();
    }
}
