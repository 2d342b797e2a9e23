using System.CommandLine;
using System.Net;
using Toss.Cli.Commands.Output;
using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands;

/// <summary>`toss ui`: opens the screens in the browser. The address lets whoever has it in, once: it goes by a file that only its owner reads.</summary>
internal static class UiCommand
{
    /// <summary>As long as a browser takes to start on a slow computer. The ticket is good for longer.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    public static Command Create(CommandHost host)
    {
        var link = new Argument<string?>("LINK")
        {
            Description = "A toss:// link of a pairing: the screens fill it in where one joins.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var print = new Option<bool>("--print") { Description = "Print the address, and open nothing." };
        var close = new Option<bool>("--close") { Description = "End every session, and serve the screens no more." };
        var command = new Command("ui", "Open the screens in a browser.") { link, print, close };
        command.Validators.Add(result =>
        {
            if (result.GetValue(print) && result.GetValue(close))
            {
                result.AddError("Give --print or --close, not both.");
            }
            if (result.GetValue(close) && result.GetValue(link) is not null)
            {
                result.AddError("--close opens nothing: give no link with it.");
            }
        });
        command.Run(
            host,
            async (parsed, cancellation) =>
            {
                var screens = host.ConnectScreens();
                using var connection = screens as IDisposable;
                if (parsed.GetValue(close))
                {
                    await screens.CloseScreensAsync(cancellation);
                    Say(host, parsed.IsJson(), "Closed.");
                    return;
                }
                var opened = await screens.OpenScreensAsync(parsed.GetValue(link), cancellation);
                if (parsed.GetValue(print))
                {
                    Print(host, parsed.IsJson(), opened);
                    return;
                }
                if (!host.OpenFile(WritePage(host.Folders, opened.Url)))
                {
                    throw NotOpened("no browser could be opened here");
                }
                // A browser in a sandbox (snap, flatpak) may not read the file; nobody but the screens knows.
                if (!await screens.WaitForScreensAsync(opened.Url, patience, cancellation))
                {
                    throw NotOpened("your browser was asked to open the screens, and did not");
                }
                Say(host, parsed.IsJson(), "Open in your browser.");
            }
        );
        return command;
    }

    private static ControlException NotOpened(string what) =>
        new(ControlErrors.Internal, what, "run `toss ui --print`, and open that address within a minute");

    private static void Print(CommandHost host, bool json, ScreensOpened opened)
    {
        if (json)
        {
            host.Json(opened, ControlJson.Default.ScreensOpened);
        }
        else
        {
            host.Out.WriteLine(opened.Url);
        }
    }

    private static void Say(CommandHost host, bool json, string words)
    {
        if (json)
        {
            host.Json(new DoneJson(true), CliJson.Default.DoneJson);
        }
        else
        {
            host.Out.WriteLine(words);
        }
    }

    /// <summary>Arguments of a program are seen by every user of a computer; what is in this file is not.</summary>
    private static string WritePage(TossFolders folders, string url)
    {
        OwnerOnly.EnsureFolder(folders.Runtime);
        var path = Path.Combine(folders.Runtime, "open.html");
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using var page = new StreamWriter(path, options);
        page.Write(
            $"<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url={WebUtility.HtmlEncode(url)}\">"
                + "<title>Toss</title>"
        );
        return path;
    }
}
