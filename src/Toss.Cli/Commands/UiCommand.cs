using System.CommandLine;
using System.Net;
using Toss.Cli.Commands.Output;
using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands;

/// <summary>`toss ui`: opens the screens in the browser. The address lets whoever has it in, once: it goes by a file that only its owner reads.</summary>
internal static class UiCommand
{
    public static Command Create(CommandHost host)
    {
        var print = new Option<bool>("--print") { Description = "Print the address, and open nothing." };
        var close = new Option<bool>("--close") { Description = "End every session, and serve the screens no more." };
        var command = new Command("ui", "Open the screens in a browser.") { print, close };
        command.Validators.Add(result =>
        {
            if (result.GetValue(print) && result.GetValue(close))
            {
                result.AddError("Give --print or --close, not both.");
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
                var opened = await screens.OpenScreensAsync(cancellation);
                if (parsed.GetValue(print))
                {
                    Print(host, parsed.IsJson(), opened);
                    return;
                }
                if (!host.OpenFile(WritePage(host.Folders, opened.Url)))
                {
                    throw new ControlException(
                        ControlErrors.Internal,
                        "no browser could be opened here",
                        "run `toss ui --print`, and open the address within a minute"
                    );
                }
                // It was handed over, and no more is known: a browser in a sandbox (snap, flatpak) may not read the file.
                Say(
                    host,
                    parsed.IsJson(),
                    "Handed to your browser. If no page comes, run `toss ui --print`, and open that address within a minute."
                );
            }
        );
        return command;
    }

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
