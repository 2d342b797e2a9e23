using System.CommandLine;
using System.Security.Cryptography;
using Toss.Cli.Commands.Output;
using Toss.Control;
using Toss.Core.Streams;

namespace Toss.Cli.Commands;

/// <summary>`toss import FILE`: takes what `toss export` wrote into this device's history.</summary>
internal static class ImportCommand
{
    public static Command Create(CommandHost host)
    {
        var file = new Argument<string>("FILE") { Description = "What `toss export` wrote." };
        var settings = new Option<bool>("--settings")
        {
            Description = "Take its settings and rules too, in place of this device's.",
        };
        var passphrase = PassphraseInput.CreateOption();
        var command = new Command("import", "Take the history in an exported file into this device's.")
        {
            file,
            settings,
            passphrase,
        };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                await using var backup = CopyCommand.OpenFile(parsed.GetValue(file)!);
                var typed = await PassphraseInput.ReadAsync(host, parsed.GetValue(passphrase), false, cancellation);
                var line = new ChangingLine(host, isShown: !parsed.IsJson());
                ImportReport report;
                try
                {
                    await using var shown = new ShownStream(backup, line, new Pace(host.Time));
                    report = await control.ImportAsync(typed, shown, parsed.GetValue(settings), cancellation);
                }
                finally
                {
                    line.Show("");
                    CryptographicOperations.ZeroMemory(typed);
                }
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.ImportReport);
                }
                else
                {
                    Say(host, report);
                }
            }
        );
        return command;
    }

    private static void Say(CommandHost host, ImportReport report)
    {
        host.Out.WriteLine($"{Spoken.Copies(report.Clips)} new in history, {Spoken.Size(report.Bytes)}.");
        Tell(report.Known, "in it already");
        Tell(report.Restored, "in it without their content, which is back");
        Tell(report.Deleted, "left out, since they were deleted here");
        Tell(
            report.NotKept,
            "not kept: older, more or larger than history keeps here (`toss config history-days`, `history-clips`, `history-size`)"
        );
        Tell(report.Unpinned, "no longer pinned: pins take half of history at most");
        Tell(report.Damaged, "left out: damaged");
        if (report.Settings)
        {
            host.Out.WriteLine("Settings and rules are those of the file.");
        }

        void Tell(int count, string what)
        {
            if (count > 0)
            {
                host.Out.WriteLine($"{Spoken.Copies(count)} {what}.");
            }
        }
    }

    /// <summary>Says how far it was read.</summary>
    private sealed class ShownStream(FileStream file, ChangingLine line, Pace pace) : ForwardReader
    {
        private readonly long _length = file.CanSeek ? file.Length : 0;
        private long _done;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            var read = await file.ReadAsync(buffer, cancellationToken);
            _done += read;
            line.Show($"Importing: {pace.Say(_done, Math.Max(_done, _length))}");
            return read;
        }
    }
}
