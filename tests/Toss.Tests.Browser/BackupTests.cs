using Microsoft.Playwright;
using Toss.Testing.Agents;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>Export and import under Settings: a download of one device, taken by the other.</summary>
public sealed class BackupTests(Chromium chromium)
{
    private const string Passphrase = "ein paar Wörter für mich";

    /// <summary>More than what is sent of a file to learn that its passphrase is another.</summary>
    private const int Large = 5_000_000;

    [Fact]
    public async Task What_one_device_exports_the_other_imports()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await two.A.CopyAsync("The train leaves at 9:42 from platform 7.");
        await two.A.CopyAsync(TestContent.Noise(Large), "image/png");
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.GoAsync("/settings");
        var file = await ExportAsync(a);
        Assert.InRange(new FileInfo(file).Length, Large, 2 * Large);
        await Assertions.Expect(Export(a)).ToBeFocusedAsync();
        a.HasNoComplaints();

        await using var b = await ScreenPage.OpenAsync(chromium.Browser, two.B);
        await b.GoAsync("/settings");
        await ChooseAsync(b, file, "another passphrase");
        var sent = new List<string>();
        b.Page.Request += (_, request) => sent.Add(new Uri(request.Url).AbsolutePath);
        await Import(b).ClickAsync();
        await b.SeesAsync("That is not the passphrase of this file.");
        Assert.Contains("/api/backup/check", sent);
        Assert.DoesNotContain("/api/backup/import", sent);
        await Assertions.Expect(Import(b)).ToBeFocusedAsync();

        await b.Page.Locator("#backup-old").FillAsync(Passphrase);
        await Import(b).ClickAsync();
        await b.SeesAsync("New in history: 2 copies");
        await Assertions.Expect(Import(b)).ToBeFocusedAsync();
        await b.PictureAsync("settings-imported-desktop-light", whole: true);
        var history = (await two.B.RunAsync("history")).Exits(0).Output;
        Assert.Contains("The train leaves at 9:42", history, StringComparison.Ordinal);
        Assert.Contains("alpha-desk", history, StringComparison.Ordinal);

        // Once more, by the command line: it is the same file.
        var words = Path.Combine(Path.GetDirectoryName(file)!, "words");
        await File.WriteAllTextAsync(words, Passphrase);
        var again = await two.B.JsonAsync("import", file, "--passphrase-file", words);
        Assert.Equal((0, 2), (again.GetProperty("clips").GetInt32(), again.GetProperty("known").GetInt32()));
        // The browser complains of the one answer that was a refusal.
        Assert.All(b.Complaints, said => Assert.Contains("409 (Conflict)", said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_is_none_one_that_is_gone_and_a_connection_that_breaks_have_words_of_their_own()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await two.A.CopyAsync("a text");
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.GoAsync("/settings");
        var folder = Directory.CreateTempSubdirectory("toss-none-");
        try
        {
            var none = Path.Combine(folder.FullName, "cat.png");
            await File.WriteAllBytesAsync(none, TestContent.Noise(10_000));
            await ChooseAsync(a, none, Passphrase);
            await Import(a).ClickAsync();
            await a.SeesAsync("This file was not exported by Toss.");
            // Taken away after it was chosen.
            File.Delete(none);
            await Import(a).ClickAsync();
            await a.SeesAsync("The browser cannot read this file");
            await ChooseAsync(a, await ExportAsync(a), Passphrase);
            await a.Page.RouteAsync("**/api/backup/import", route => route.AbortAsync());
            await Import(a).ClickAsync();
            await a.SeesAsync("The connection to Toss ended in the middle. What came before is in history.");
            await a.Page.UnrouteAsync("**/api/backup/import");
            await Import(a).ClickAsync();
            await a.SeesAsync("In history already: 1");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Nobody_is_kept_out()
    {
        await using var two = await TwoDevices.StartAsync(paired: false);
        await two.A.CopyAsync("a text");
        var found = new List<string>();
        foreach (var look in Look.All)
        {
            await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A, look);
            await a.GoAsync("/settings");
            await a.Page.Locator("#backup-new").FillAsync(Passphrase);
            await a.Page.Locator("#backup-again").FillAsync("something else");
            await a.SeesAsync("These are two passphrases.");
            await AccessTests.LookAsync(a, $"two passphrases {look.Name}", found);
            var file = await ExportAsync(a);
            await AccessTests.LookAsync(a, $"exported {look.Name}", found);
            await ChooseAsync(a, file, "another passphrase");
            await Import(a).ClickAsync();
            await a.SeesAsync("That is not the passphrase of this file.");
            await AccessTests.LookAsync(a, $"wrong passphrase {look.Name}", found);
            await a.PictureAsync($"settings-backup-{look.Name}", whole: true);
            await a.Page.Locator("#backup-old").FillAsync(Passphrase);
            await Import(a).ClickAsync();
            await a.SeesAsync("In history already: 1");
            await AccessTests.LookAsync(a, $"imported {look.Name}", found);
            await AccessTests.NothingWiderThanThePageAsync(a, look);
        }
        Assert.Empty(found);
    }

    private static ILocator Export(ScreenPage screen) => Button(screen, 0);

    private static ILocator Import(ScreenPage screen) => Button(screen, 1);

    private static ILocator Button(ScreenPage screen, int form) =>
        screen.Page.Locator("form.backup").Nth(form).Locator("button[type=submit]");

    private static async Task<string> ExportAsync(ScreenPage screen)
    {
        await screen.Page.Locator("#backup-new").FillAsync(Passphrase);
        await screen.Page.Locator("#backup-again").FillAsync(Passphrase);
        var download = await screen.Page.RunAndWaitForDownloadAsync(() => Export(screen).ClickAsync());
        Assert.Matches("^toss-[0-9-]{10}\\.toss$", download.SuggestedFilename);
        await screen.SeesAsync("Exported: ");
        return await download.PathAsync();
    }

    private static async Task ChooseAsync(ScreenPage screen, string file, string passphrase)
    {
        await screen.Page.Locator("#backup-file").SetInputFilesAsync(file);
        await screen.Page.Locator("#backup-old").FillAsync(passphrase);
    }
}
