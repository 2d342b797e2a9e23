using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>Settings, and what the command line says of them.</summary>
public sealed class SettingsTests(Chromium chromium)
{
    [Fact]
    public async Task A_setting_changed_here_is_changed_for_the_command_line_and_back()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.GoAsync("/settings");
        await a.Page.Locator("#set-history-days").FillAsync("7");
        await a.Page.Locator("#set-history-days").PressAsync("Enter");
        await a.SeesAsync("Saved.");
        Assert.Equal("7", (await two.A.RunAsync("config", "history-days")).Exits(0).Output.Trim());
        await a.Page.Locator("#set-metered").ClickAsync();
        await a.Button("Reset: Metered").WaitForAsync();
        Assert.Equal("on", (await two.A.RunAsync("config", "metered")).Exits(0).Output.Trim());
        await a.Button("Reset: Metered").ClickAsync();
        await a.Button("Reset: Metered")
            .WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Hidden });
        await Microsoft.Playwright.Assertions.Expect(a.Page.Locator("#set-metered")).ToBeFocusedAsync();
        Assert.Equal("off", (await two.A.RunAsync("config", "metered")).Exits(0).Output.Trim());

        (await two.A.RunAsync("config", "history-days", "9")).Exits(0);
        await a.Page.WaitForFunctionAsync("() => document.getElementById('set-history-days').value === '9'");

        // The folder of the log is where the log is.
        var about = await two.A.Control.GetAboutAsync(default);
        await a.SeesAsync(about.Log!);
        await a.SeesAsync("0 of at most");
        // And what history takes is counted while somebody looks.
        await two.B.CopyAsync("one more");
        await a.SeesAsync("1 of at most");
        (await two.A.RunAsync("clear", "--yes")).Exits(0);
        await a.SeesAsync("0 of at most");
        // What is on the clipboard is looked for in history once it was cleared; that it is not found is said by the browser too.
        Assert.All(a.Complaints, said => Assert.Contains("404", said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_theme_is_the_agents_and_lasts()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.GoAsync("/settings");
        var light = await GroundAsync(a);
        // By the keyboard, whose place it stays.
        await a.Page.Locator("#set-theme").FocusAsync();
        await a.Page.Keyboard.PressAsync("D");
        await Microsoft.Playwright.Assertions.Expect(a.Page.Locator("#set-theme-said")).ToHaveTextAsync("Saved.");
        await Microsoft.Playwright.Assertions.Expect(a.Page.Locator("#set-theme")).ToBeFocusedAsync();
        await a.Page.WaitForFunctionAsync("() => document.documentElement.dataset.theme === 'dark'");
        Assert.NotEqual(light, await GroundAsync(a));
        await a.PictureAsync("settings-theme-dark-desktop-light");
        await a.Page.ReloadAsync();
        await a.Page.WaitForFunctionAsync("() => document.documentElement.dataset.theme === 'dark'");
        (await two.A.RunAsync("config", "theme", "--default")).Exits(0);
        await a.Page.WaitForFunctionAsync("() => !document.documentElement.dataset.theme");
        Assert.Equal(light, await GroundAsync(a));
    }

    [Fact]
    public async Task A_relay_is_tested_saved_and_lost()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await using var alone = await TossProgram.StartAsync("gamma-tab", relay: null);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, alone);
        await a.GoAsync("/settings");
        await a.SeesAsync("None is set");
        var address = a.Page.Locator("#relay-url");
        await address.FillAsync("ws://127.0.0.1:1/");
        await a.Button("Test").ClickAsync();
        await a.SeesAsync("Nobody answers at this address.");
        await a.SeesAsync("Is the relay running");
        await a.PictureAsync("settings-relay-silent-desktop-light");
        await address.FillAsync("http://relay");
        await a.Button("Test").ClickAsync();
        await a.SeesAsync("That is no address of a relay.");
        await address.FillAsync(two.Relay.Url.AbsoluteUri);
        await a.Button("Test").ClickAsync();
        await a.SeesAsync("The relay lets this device in.");
        await a.PictureAsync("settings-relay-good-desktop-light");
        Assert.Equal("none", (await alone.Control.GetStatusAsync(default)).Relay.State);
        await a
            .Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Save", Exact = true })
            .ClickAsync();
        await a.SeesAsync("Connected.");
        Assert.Equal(two.Relay.Url.AbsoluteUri, (await alone.RunAsync("config", "relay")).Exits(0).Output.Trim());
        // The browser complains of every answer that is a refusal, as that of the wrong address was.
        Assert.All(a.Complaints, said => Assert.Contains("400 (Bad Request)", said));
    }

    [Fact]
    public async Task In_german_it_is_german()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        var german = Look.Phone with { Locale = "de-DE" };
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A, german);
        await a.GoAsync("/settings");
        await a.SeesAsync("Was der Verlauf behält");
        await a.SeesAsync("von höchstens 10.000 Kopien");
        await a.PictureAsync("settings-german-phone-light", whole: true);
        await a.GoAsync("/devices");
        await a.SeesAsync("Liest alles, was Sie hier kopieren.");
        await a.SeesAsync("Aufgenommen von");
        // What the agent warns of is German too.
        await a.SeesAsync("Der Schlüssel des Geräts liegt in einer Datei");
        await a.PictureAsync("devices-german-phone-light", whole: true);
        foreach (var summary in await a.Page.Locator("summary").AllAsync())
        {
            await summary.ClickAsync();
        }
        await a.PictureAsync("devices-rules-german-phone-light", whole: true);
        Assert.Empty(await CutAsync(a));
        await a.GoAsync("/settings");
        Assert.Empty(await CutAsync(a));
        a.HasNoComplaints();
    }

    /// <summary>Choices that a closed select has no room for.</summary>
    private static Task<string[]> CutAsync(ScreenPage screen) =>
        screen.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('select')].filter(select => select.checkVisibility()).flatMap(select => {
              const style = getComputedStyle(select);
              const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
              const paper = new OffscreenCanvas(1, 1).getContext('2d');
              paper.font = style.font;
              const wide = option => Math.ceil(paper.measureText(option.text).width);
              return [...select.options].filter(option => wide(option) > room).map(option => `${option.text}: ${wide(option)} in ${room}`);
            })
            """
        );

    private static Task<string> GroundAsync(ScreenPage screen) =>
        screen.Page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).backgroundColor");
}
