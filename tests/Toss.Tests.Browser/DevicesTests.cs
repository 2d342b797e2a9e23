using Toss.Control;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>Devices, before two agents that really change.</summary>
public sealed class DevicesTests(Chromium chromium)
{
    [Fact]
    public async Task A_device_is_unpaired_and_the_other_hears_it()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B, Look.PhoneDark);
        await b.GoAsync("/devices");
        await b.SeesAsync("alpha-desk");
        await a.GoAsync("/devices");
        await a.Button("Unpair beta-lap").ClickAsync();
        await a.SeesAsync("Unpair beta-lap?");
        // Thought better of: Escape closes it, and the focus is where it was.
        await a.Page.Keyboard.PressAsync("Escape");
        await a
            .Page.Locator("dialog[open]")
            .WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Detached });
        Assert.Equal(
            "Unpair beta-lap",
            await a.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('aria-label')")
        );
        Assert.Equal(["beta-lap"], await two.A.PeersAsync());
        await a.Page.Keyboard.PressAsync("Enter");
        await a.Button("Unpair for good").ClickAsync();
        await a.SeesAsync("beta-lap is no longer one of your devices.");
        await a.SeesAsync("This device is alone.");
        await a.PictureAsync("devices-unpaired-desktop-light");
        Assert.Empty(await two.A.PeersAsync());
        await b.SeesAsync("This device is alone.");
        await b.PictureAsync("devices-unpaired-phone-dark");
        Assert.Empty(await two.B.PeersAsync());
        a.HasNoComplaints();
        b.HasNoComplaints();
    }

    [Fact]
    public async Task A_rule_set_here_is_what_the_command_line_says_and_what_happens()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.GoAsync("/devices");
        await a.SeesAsync("Reads all that you copy here.");
        var id = (await two.A.Control.GetDevicesAsync(default)).Single(device => !device.Self).Id;
        // By the keyboard, whose place it stays.
        await a.Page.Locator($"#rule-out-{id}").FocusAsync();
        await a.Page.Keyboard.PressAsync("N");
        await a.SeesAsync("Reads nothing that you copy here.");
        await Microsoft.Playwright.Assertions.Expect(a.Page.Locator($"#rule-out-{id}")).ToBeFocusedAsync();
        await a.PictureAsync("devices-never-desktop-light");
        var rule = Assert.Single((await two.A.JsonAsync("rules")).EnumerateArray());
        Assert.Equal(
            "out beta-lap never",
            $"{rule.GetProperty("direction")} {rule.GetProperty("deviceName")} {rule.GetProperty("sharing")}"
        );
        await two.A.CopyAsync("not for beta");
        Assert.Empty((await two.A.Control.GetHistoryAsync(new HistoryRequest(null, 1), default)).Entries[0].Deliveries);

        // And by the command line it is seen here.
        (await two.A.RunAsync("rules", "reset")).Exits(0);
        await a.SeesAsync("Reads all that you copy here.");
        Assert.Equal("default", await a.Page.Locator($"#rule-out-{id}").InputValueAsync());
        a.HasNoComplaints();
    }

    [Fact]
    public async Task A_device_is_renamed_by_the_keyboard_and_the_other_sees_it()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await b.GoAsync("/devices");
        await a.GoAsync("/devices");
        await a.Page.Locator("#own-name").FocusAsync();
        await a.Page.Keyboard.PressAsync("Control+A");
        await a.Page.Keyboard.TypeAsync("workshop");
        await a.Page.Keyboard.PressAsync("Enter");
        await a.SeesAsync("It has its new name");
        await b.SeesAsync("workshop");
        await b.SeesAsync("There, through the relay");
        await b.SeesAsync("Not directly: direct links are off on this device.");

        // Keys are renewed, and who leaves is alone.
        await a.GoAsync("/settings");
        await a.Button("Renew now").ClickAsync();
        await a.SeesAsync("New keys with 1 device,");
        await a.GoAsync("/devices");
        await a.Button("Leave the others").ClickAsync();
        await a.Button("Leave for good").ClickAsync();
        await a.SeesAsync("This device is alone.");
        await b.SeesAsync("This device is alone.");
        a.HasNoComplaints();
        b.HasNoComplaints();
    }
}
