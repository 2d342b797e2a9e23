using System.Security.Cryptography;
using Microsoft.Playwright;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>Files that a person drops on the page, or picks, between two agents.</summary>
public sealed class FileDropTests(Chromium chromium)
{
    /// <summary>Made in the page: it has no place on a disk, as a picture that is dragged out of another page.</summary>
    [Fact]
    public async Task A_file_that_is_dropped_and_one_that_is_picked_arrive_as_they_were()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        using var folder = new TemporaryFolder();
        var received = await ReceivesAsync(two.B, folder);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        var row = a.Page.Locator("[data-drop]").Filter(new() { HasText = "beta-lap" });
        await row.WaitForAsync();

        var drag = await a.Page.EvaluateHandleAsync(
            """
            () => {
              const bytes = new Uint8Array(300000).map((_, i) => i * 7 % 251);
              const drag = new DataTransfer();
              drag.items.add(new File([bytes], 'dragged – ü.bin', { lastModified: Date.UTC(2020, 1, 3, 4, 5, 6) }));
              return drag;
            }
            """
        );
        await a.Page.Locator("main").DispatchEventAsync("dragover", new { dataTransfer = drag });
        await a.SeesAsync("Send to all devices");
        await a.PictureAsync("drop-all-desktop-light");
        await row.DispatchEventAsync("dragover", new { dataTransfer = drag });
        await Assertions.Expect(a.Page.Locator(".drop-frame")).ToHaveTextAsync("Send to beta-lap");
        await a.PictureAsync("drop-one-desktop-light");
        await row.DispatchEventAsync("drop", new { dataTransfer = drag });
        await a.SeesAsync("Received: beta-lap.");
        await Assertions.Expect(a.Page.Locator(".drop-frame")).ToHaveTextAsync("");
        await a.PictureAsync("drop-received-desktop-light");
        var expected = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7 % 251)).ToArray();
        var dropped = Path.Combine(received.FullName, "dragged – ü.bin");
        Assert.Equal(Hash(expected), Hash(await File.ReadAllBytesAsync(dropped)));
        Assert.Equal(new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc), File.GetLastWriteTimeUtc(dropped));

        // Put away by the keyboard, which the next place has then.
        await a.Button("Close: dragged").FocusAsync();
        await a.Page.Keyboard.PressAsync("Enter");
        await a.Page.Locator(".sends").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.Equal("content", await a.Page.EvaluateAsync<string>("() => document.activeElement.id"));

        // Several, of more than is ever held in memory at once.
        var large = new byte[40_000_000];
        new Random(3).NextBytes(large);
        await File.WriteAllBytesAsync(folder["large.bin"], large);
        await File.WriteAllTextAsync(folder["list.txt"], "bread, milk");
        var choosing = await a.Page.RunAndWaitForFileChooserAsync(async () =>
        {
            await a.Page.GetByLabel("Send files to all devices").FocusAsync();
            await a.Page.Keyboard.PressAsync("Enter");
        });
        Assert.True(choosing.IsMultiple);
        await choosing.SetFilesAsync([folder["large.bin"], folder["list.txt"]]);
        await a.SeesAsync("large.bin and one more");
        await a.SeesAsync("Received: beta-lap.");
        Assert.Equal(Hash(large), Hash(await File.ReadAllBytesAsync(Path.Combine(received.FullName, "large.bin"))));
        Assert.Equal("bread, milk", await File.ReadAllTextAsync(Path.Combine(received.FullName, "list.txt")));

        // What is history here says so on both.
        await a.GoAsync("/history");
        await a.Page.Locator("#history-list [role=option]").Filter(new() { HasText = "large.bin" }).WaitForAsync();
        a.HasNoComplaints();
    }

    /// <summary>By the browser's own drag: with a folder, as a file manager drops it.</summary>
    [Fact]
    public async Task A_folder_that_is_dropped_arrives_with_all_that_is_in_it()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        using var folder = new TemporaryFolder();
        var received = await ReceivesAsync(two.B, folder);
        Directory.CreateDirectory(folder["trip/days/empty"]);
        await File.WriteAllTextAsync(folder["trip/plan.txt"], "by train");
        await File.WriteAllTextAsync(folder["trip/days/one.txt"], "walk");
        File.SetLastWriteTimeUtc(folder["trip/plan.txt"], new DateTime(2019, 8, 7, 6, 5, 4, DateTimeKind.Utc));
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.GoAsync("/devices");
        await a.SeesAsync("Let in by");
        var card = (await a.Page.Locator("article.device").BoundingBoxAsync())!;
        var browser = await a.Page.Context.NewCDPSessionAsync(a.Page);
        foreach (var type in new[] { "dragEnter", "dragOver", "drop" })
        {
            await browser.SendAsync(
                "Input.dispatchDragEvent",
                new()
                {
                    ["type"] = type,
                    ["x"] = card.X + 40,
                    ["y"] = card.Y + 40,
                    ["data"] = new
                    {
                        items = Array.Empty<object>(),
                        files = new[] { folder["trip"] },
                        dragOperationsMask = 1,
                    },
                }
            );
            if (type == "dragOver")
            {
                await a.SeesAsync("Send to beta-lap");
            }
        }
        await a.SeesAsync("Received: beta-lap.");
        var there = Path.Combine(received.FullName, "trip");
        Assert.Equal("by train", await File.ReadAllTextAsync(Path.Combine(there, "plan.txt")));
        Assert.Equal("walk", await File.ReadAllTextAsync(Path.Combine(there, "days", "one.txt")));
        Assert.True(Directory.Exists(Path.Combine(there, "days", "empty")));
        Assert.Equal(
            new DateTime(2019, 8, 7, 6, 5, 4, DateTimeKind.Utc),
            File.GetLastWriteTimeUtc(Path.Combine(there, "plan.txt"))
        );
        a.HasNoComplaints();
    }

    /// <summary>The agent holds still in the middle, so that there is time to look at it and to stop it.</summary>
    [Fact]
    public async Task One_is_stopped_while_it_is_read_and_nothing_of_it_stays()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        using var folder = new TemporaryFolder();
        var received = await ReceivesAsync(two.B, folder);
        await using (var film = File.Create(folder["film.mkv"]))
        {
            film.SetLength(2_000_000_000);
        }
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A, Look.PhoneDark);
        await a.Page.GetByLabel("Send files to all devices").SetInputFilesAsync(folder["film.mkv"]);
        await a.SeesAsync(" of 2 GB");
        await Signals.SendAsync("STOP", two.A.DaemonPid);
        try
        {
            await a.PictureAsync("drop-reading-phone-dark");
            await a.Button("Stop: film.mkv").ClickAsync();
            await a.SeesAsync("Nothing of it was sent.");
        }
        finally
        {
            await Signals.SendAsync("CONT", two.A.DaemonPid);
        }
        var staging = Path.Combine(two.A.Folders.Data, "blobs", "staging");
        await Eventually.HoldsAsync("it to be gone", () => Task.FromResult(Directory.GetFiles(staging).Length == 0));
        Assert.Empty((await two.A.Control.GetHistoryAsync(new(null, 10), default)).Entries);
        Assert.Empty(received.GetFileSystemInfos());

        // What cannot be sent is said before any of it is.
        (await two.A.RunAsync("config", "history-size", "64")).Exits(0);
        await a.Page.GetByLabel("Send files to all devices").SetInputFilesAsync(folder["film.mkv"]);
        await a.SeesAsync("Too much at once");
        await a.PictureAsync("drop-refused-phone-dark");

        // And one that is away gets it when it is back.
        (await two.B.RunAsync("down")).Exits(0);
        await File.WriteAllTextAsync(folder["list.txt"], "bread, milk");
        await a.Page.GetByLabel("Send files to all devices").SetInputFilesAsync(folder["list.txt"]);
        await a.SeesAsync("Away, gets it when it is back: beta-lap.");
        await two.B.UpAsync();
        await Eventually.HoldsAsync(
            "the file to be there",
            () => Task.FromResult(File.Exists(Path.Combine(received.FullName, "list.txt")))
        );
    }

    /// <summary>A page that does not care would be replaced by what is dropped on it.</summary>
    [Fact]
    public async Task What_is_dropped_while_the_agent_is_away_leaves_the_page_where_it_is()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.SeesAsync("beta-lap");
        await two.A.KillAsync();
        await a.SeesAsync("No connection to the agent.");
        var drag = await a.Page.EvaluateHandleAsync(
            """
            () => {
              const drag = new DataTransfer();
              drag.items.add(new File(['x'], 'x.txt'));
              return drag;
            }
            """
        );
        await a.Page.Locator("main").DispatchEventAsync("dragover", new { dataTransfer = drag });
        await Assertions.Expect(a.Page.Locator(".drop-frame")).ToContainTextAsync("The agent is away");
        await a.PictureAsync("drop-away-desktop-light");
        await a.Page.Locator("main").DispatchEventAsync("drop", new { dataTransfer = drag });
        await Assertions.Expect(a.Page.Locator(".send .failure")).ToContainTextAsync("The agent is away");
        await a.PictureAsync("drop-away-failed-desktop-light");
        Assert.True(await a.Page.GetByLabel("Send files to all devices").IsDisabledAsync());
    }

    private static async Task<DirectoryInfo> ReceivesAsync(TossProgram device, TemporaryFolder folder)
    {
        var received = Directory.CreateDirectory(folder["received"]);
        (await device.RunAsync("config", "receive-folder", received.FullName)).Exits(0);
        return received;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
