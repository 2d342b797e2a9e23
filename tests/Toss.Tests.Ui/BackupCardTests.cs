using System.Globalization;
using Bunit;
using Microsoft.JSInterop;
using Toss.Control;
using Toss.Ui.Settings;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>Export and import in Settings; the page's script, which moves the file, is played.</summary>
public sealed class BackupCardTests : ScreenBench
{
    private const string Words = "some words of mine";

    private readonly BunitJSModuleInterop _script;

    public BackupCardTests() => _script = JSInterop.SetupModule("./js/backup.js");

    [Fact]
    public void An_export_wants_the_same_long_passphrase_twice()
    {
        var card = Show();
        Assert.True(IsDisabled(card, 0));
        Type(card, "#backup-new", "too short");
        Type(card, "#backup-again", "too short");
        Assert.True(IsDisabled(card, 0));
        Type(card, "#backup-new", Words);
        Assert.Equal("These are two passphrases.", card.Find("#backup-again-said").TextContent);
        Assert.True(IsDisabled(card, 0));
        Type(card, "#backup-again", Words);
        Assert.False(IsDisabled(card, 0));
        Assert.True(IsDisabled(Show(isLive: false), 0));
        Assert.Empty(Agent.Calls);
    }

    [Fact]
    public void What_was_exported_and_left_out_is_said_and_the_passphrase_is_gone()
    {
        Agent.Exported = new ExportReport(true, 12, 3_000_000) { NotHere = 1, Locked = 2 };
        var asked = _script.Setup<string?>("take", _ => true);
        var kept = _script.SetupVoid("keep", _ => true).SetVoidResult();
        var card = Show();
        Export(card);
        Assert.Equal("Exporting …", card.Find("progress").GetAttribute("aria-label"));
        // Who has the button keeps it.
        Assert.False(card.FindAll("form")[0].QuerySelector("button")!.HasAttribute("disabled"));
        Assert.True(IsDisabled(card, 0));
        Assert.True(IsDisabled(card, 1));
        card.FindAll("form")[0].Submit();
        Assert.Single(asked.Invocations);
        Assert.Empty(kept.Invocations);
        asked.SetResult(null);
        card.Sees(() => Assert.Empty(card.FindAll("progress")));

        Assert.Equal(
            [
                "Exported: 12 copies, 3 MB, settings and rules.",
                "Left out, since their content is not on this device: 1",
                "Left out, since they are locked: 2",
            ],
            card.FindAll("[role=status] p").Where(line => line.TextContent.Length > 0).Select(line => line.TextContent)
        );
        Assert.Equal("", card.Find("#backup-new").GetAttribute("value") ?? "");
        Assert.Equal(["storage", "exported"], Agent.Calls);
        var call = Assert.Single(asked.Invocations);
        Assert.Equal("/api/backup/export", call.Arguments[0]);
        Assert.Equal(Words, call.Arguments[2]);
        Assert.Equal("toss-2026-03-04.toss", Assert.Single(kept.Invocations).Arguments[0]);
        Assert.False(card.FindAll("form")[0].QuerySelector("button")!.HasAttribute("disabled"));
    }

    [Fact]
    public void What_is_not_whole_becomes_no_download()
    {
        Agent.Exported = new ExportReport(false, 3, 3_000);
        _script.Setup<string?>("take", _ => true).SetResult(null);
        var kept = _script.SetupVoid("keep", _ => true);
        var dropped = _script.SetupVoid("drop").SetVoidResult();
        var card = Show();
        Export(card);
        card.Sees(() =>
            Assert.StartsWith("Not all of it came", card.Find(".failure").TextContent, StringComparison.Ordinal)
        );
        Assert.Single(dropped.Invocations);
        Assert.Empty(kept.Invocations);
        Assert.Empty(card.FindAll(".outcome"));
    }

    /// <summary>Each with what to do next, and none with that of another.</summary>
    [Theory]
    [InlineData(BackupTransfer.Broken, "The connection to Toss ended in the middle, and nothing was saved.")]
    [InlineData(BackupTransfer.NoPlace, "The browser has no room for this file.")]
    [InlineData(ControlErrors.NoDaemon, "The agent ended.")]
    [InlineData(ControlErrors.UpdateNeeded, "Toss was updated since this page was opened.")]
    [InlineData(ControlErrors.Busy, "Another one is under way.")]
    public void Why_an_export_was_not_made_is_said(string code, string said)
    {
        _script.Setup<string?>("take", _ => true).SetResult(code);
        var card = Show();
        Export(card);
        card.Sees(() => Assert.StartsWith(said, card.Find(".failure").TextContent, StringComparison.Ordinal));
        // Nothing is asked for of a file that there is not.
        Assert.Equal(["storage"], Agent.Calls);
    }

    /// <summary>The agent serves it, and may have ended since the page came.</summary>
    [Fact]
    public async Task A_script_that_does_not_come_is_an_agent_that_ended()
    {
        await using var transfer = new BackupTransfer(new NoScripts());
        var failure = await Assert.ThrowsAsync<ControlException>(() =>
            transfer.ImportAsync(Words, "file", "bar", settings: false).AsTask()
        );
        Assert.Equal(ControlErrors.NoDaemon, failure.Code);
    }

    [Theory]
    [InlineData(ControlErrors.WrongPassphrase, "That is not the passphrase of this file.")]
    [InlineData(ControlErrors.NotABackup, "This file was not exported by Toss. Choose one")]
    [InlineData(ControlErrors.NewerBackup, "A newer version of Toss made this file. Update Toss")]
    [InlineData(
        ControlErrors.HistoryLocked,
        "The history on this device is locked, since others removed it. “toss history"
    )]
    [InlineData(ControlErrors.NoDaemon, "The agent ended.")]
    [InlineData(BackupTransfer.Unreadable, "The browser cannot read this file")]
    public void What_the_beginning_of_a_file_tells_is_said_before_the_file_is_sent(string code, string said)
    {
        _script.Setup<string?>("check", _ => true).SetResult(code);
        var given = _script.Setup<string>("give", _ => true);
        var card = Show();
        Import(card);
        card.Sees(() => Assert.StartsWith(said, card.Find(".failure").TextContent, StringComparison.Ordinal));
        Assert.Empty(given.Invocations);
        Assert.Equal("short", card.Find("#backup-old").GetAttribute("value"));
    }

    [Fact]
    public void A_refusal_is_said_in_words_and_the_passphrase_stays()
    {
        _script.Setup<string?>("take", _ => true).SetResult(ControlErrors.Busy);
        var card = Show();
        Export(card);
        card.Sees(() => Assert.NotNull(card.Find(".failure")));
        Assert.DoesNotContain("busy", card.Find(".failure").TextContent, StringComparison.Ordinal);
        Assert.Equal(Words, card.Find("#backup-new").GetAttribute("value"));
    }

    [Fact]
    public void An_import_wants_a_file_and_says_what_became_of_it()
    {
        var check = _script.Setup<string?>("check", _ => true).SetResult(null);
        _script
            .Setup<string>("give", _ => true)
            .SetResult(
                """{"clips":7,"bytes":1000000,"known":3,"restored":4,"deleted":1,"notKept":2,"settings":true}"""
            );
        var card = Show();
        Type(card, "#backup-old", "short");
        Assert.True(IsDisabled(card, 1));
        card.Find("#backup-file").Change("C:\\fakepath\\toss.toss");
        Assert.False(IsDisabled(card, 1));
        card.Find("#backup-settings").Change(true);
        card.FindAll("form")[1].Submit();
        card.Sees(() => Assert.Single(card.FindAll(".outcome")));

        var said = Squeeze(card.FindAll("form")[1].TextContent);
        Assert.Contains("New in history: 7 copies", said, StringComparison.Ordinal);
        Assert.Contains("In history already: 3", said, StringComparison.Ordinal);
        Assert.Contains("Their content was missing here and is back: 4", said, StringComparison.Ordinal);
        Assert.Equal("/api/backup/check", Assert.Single(check.Invocations).Arguments[0]);
        Assert.Contains("since they were deleted here: 1", said, StringComparison.Ordinal);
        Assert.Contains("than history keeps here: 2", said, StringComparison.Ordinal);
        Assert.Contains("Settings and rules are those of the file.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("pinned", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"error":{"code":"wrong-passphrase","message":"m","hint":null}}""",
        "That is not the passphrase of this file."
    )]
    [InlineData("""{"error":{"code":"backup-cut","message":"m","hint":null}}""", "This file ends before its end.")]
    [InlineData(
        """{"error":{"code":"backup-damaged","message":"m","hint":null}}""",
        "This file is damaged. What came before the damage is in history. Copy the file again"
    )]
    [InlineData(
        """{"error":{"code":"storage","message":"m","hint":null}}""",
        "The disk is full or cannot be written. What came before is in history. Make room"
    )]
    [InlineData(
        """{"error":{"code":"broken","message":"broken","hint":null}}""",
        "The connection to Toss ended in the middle. What came before is in history."
    )]
    [InlineData(
        """{"error":{"code":"unreadable","message":"unreadable","hint":null}}""",
        "The browser cannot read this file"
    )]
    [InlineData("", "Something went wrong in Toss.")]
    [InlineData("nonsense", "Something went wrong in Toss.")]
    public void Whatever_is_answered_a_failure_is_said(string answer, string said)
    {
        _script.Setup<string?>("check", _ => true).SetResult(null);
        _script.Setup<string>("give", _ => true).SetResult(answer);
        var card = Show();
        Import(card);
        card.Sees(() => Assert.StartsWith(said, card.Find(".failure").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public void In_German_it_is_German()
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("de");
        var card = Show();
        Assert.Equal("Exportieren und importieren", card.Find("h2").TextContent);
        Assert.Contains("Mindestens 10 Zeichen", card.Find("#backup-new-hint").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Passphrase", card.Markup, StringComparison.Ordinal);
    }

    private IRenderedComponent<BackupCard> Show(bool isLive = true) =>
        Render<BackupCard>(given => given.Add(card => card.IsLive, isLive));

    private static void Export(IRenderedComponent<BackupCard> card)
    {
        Type(card, "#backup-new", Words);
        Type(card, "#backup-again", Words);
        card.FindAll("form")[0].Submit();
    }

    private static void Import(IRenderedComponent<BackupCard> card)
    {
        Type(card, "#backup-old", "short");
        card.Find("#backup-file").Change("toss.toss");
        card.FindAll("form")[1].Submit();
    }

    private static void Type(IRenderedComponent<BackupCard> card, string field, string text) =>
        card.Find(field).Input(text);

    private static bool IsDisabled(IRenderedComponent<BackupCard> card, int form)
    {
        var button = card.FindAll("form")[form].QuerySelector("button")!;
        return button.HasAttribute("disabled") || button.GetAttribute("aria-disabled") == "true";
    }

    private sealed class NoScripts : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) =>
            throw new JSException("Failed to fetch dynamically imported module");

        public ValueTask<TValue> InvokeAsync<TValue>(
            string identifier,
            CancellationToken cancellationToken,
            object?[]? args
        ) => InvokeAsync<TValue>(identifier, args);
    }
}
