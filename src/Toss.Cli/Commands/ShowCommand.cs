using System.CommandLine;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss show CLIP`: a copy in history and its formats; with `--format`, the content of one, its bytes and nothing else.</summary>
internal static class ShowCommand
{
    /// <summary>Characters of a preview.</summary>
    private const int Preview = 400;

    public static Command Create(CommandHost host)
    {
        var clip = ClipArgument.Create();
        var format = new Option<int?>("--format")
        {
            Description = "Print the content of this format: a number from the list.",
            HelpName = "N",
        };
        var offset = new Option<long>("--offset") { Description = "From this byte on.", HelpName = "BYTES" };
        var command = new Command("show", "Show a copy in history, or print its content.") { clip, format, offset };
        command.Validators.Add(result =>
        {
            if (result.GetValue(offset) < 0 || (result.GetValue(offset) > 0 && result.GetValue(format) is null))
            {
                result.AddError("--offset is a number of bytes of the content that --format prints.");
            }
        });
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var id = parsed.GetValue(clip)!;
                if (parsed.GetValue(format) is { } number)
                {
                    var content = await control.ReadClipAsync(id, number, parsed.GetValue(offset), cancellation);
                    await using var stream = content.Content;
                    await stream.CopyToAsync(host.RawOut, cancellation);
                    await host.RawOut.FlushAsync(cancellation);
                    return;
                }
                var report = await control.GetClipAsync(id, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.ClipReport);
                }
                else
                {
                    Say(host, report);
                }
            }
        );
        return command;
    }

    private static void Say(CommandHost host, ClipReport report)
    {
        var entry = report.Entry;
        var marks = (entry.HoldsClipboard ? ", on the clipboards" : "") + (entry.Pinned ? ", pinned" : "");
        host.Out.WriteLine($"{entry.Id}, {entry.State}{marks}");
        host.Out.WriteLine(
            SafeText.Of(
                $"{Spoken.Ago(entry.At, host.Time.GetUtcNow())} on {entry.Origin.Name}, {Spoken.Size(entry.Size)}"
            )
        );
        if (entry.WaitsFor.Count > 0)
        {
            host.Out.WriteLine(SafeText.Of($"Its content comes when {string.Join(" or ", entry.WaitsFor)} is there."));
        }
        if (entry.Tags.Count > 0)
        {
            host.Out.WriteLine(SafeText.Of($"Tags: {string.Join(", ", entry.Tags)}"));
        }
        if (entry.Preview.Length > 0)
        {
            host.Out.WriteLine(SafeText.Of(entry.Preview, Preview));
        }
        if (report.Files is { } files)
        {
            host.Out.WriteLine(
                $"{Spoken.Number(files.Files, "file")}, {Spoken.Number(files.Folders, "folder")}"
                    + (files.Skipped > 0 ? $", {files.Skipped} left out" : "")
            );
            foreach (var name in files.Names)
            {
                host.Out.WriteLine(SafeText.Of($"  {name}"));
            }
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("format", "type", "size");
        foreach (var format in report.Formats)
        {
            table.AddRow(
                new Text($"{format.Number}"),
                new Text(SafeText.Of(format.MediaType)),
                new Text(Spoken.Size(format.Size))
            );
        }
        host.Screen.Write(table);
        foreach (var delivery in entry.Deliveries)
        {
            var reason = delivery.Reason is { Length: > 0 } why ? $" ({why})" : "";
            host.Out.WriteLine(SafeText.Of($"{delivery.Name}: {delivery.State}{reason}"));
        }
    }
}
