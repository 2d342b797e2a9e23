using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss storage`: what history takes on this disk, and what it may take.</summary>
internal static class StorageCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("storage", "Show what history takes, and what it may take.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var report = await control.GetStorageAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.StorageReport);
                    return;
                }
                host.Out.WriteLine(
                    $"{Spoken.Copies(report.Clips)} of at most {report.MostClips}, "
                        + $"{Spoken.Size(report.ContentBytes)} of at most {Spoken.Size(report.MostContentBytes)}, "
                        + $"kept for {Spoken.Number(report.MostDays, "day")}."
                );
                if (report.Pinned > 0)
                {
                    host.Out.WriteLine($"Of these {report.Pinned} pinned, {Spoken.Size(report.PinnedBytes)}.");
                }
                if (report.Deleted > 0)
                {
                    host.Out.WriteLine($"Besides, {report.Deleted} deleted that `toss undo` could put back.");
                }
                host.Out.WriteLine(
                    $"On this disk: {Spoken.Size(report.DatabaseBytes)} of database, {Spoken.Size(report.BlobBytes)} of large content."
                );
            }
        );
        return command;
    }
}
