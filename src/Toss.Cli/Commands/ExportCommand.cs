using System.CommandLine;
using System.Security.Cryptography;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss export FILE`: history, settings and rules, in one file under a passphrase.</summary>
internal static class ExportCommand
{
    private const int BufferSize = 128 * 1024;

    public static Command Create(CommandHost host)
    {
        var file = new Argument<string>("FILE") { Description = "Where it is written." };
        var force = new Option<bool>("--force") { Description = "Write over what is there." };
        var passphrase = PassphraseInput.CreateOption();
        var command = new Command("export", "Write history, settings and rules into a file, under a passphrase.")
        {
            file,
            force,
            passphrase,
        };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var (path, overwrite) = (parsed.GetValue(file)!, parsed.GetValue(force));
                WholeFile.Check(path, overwrite);
                var typed = await PassphraseInput.ReadAsync(host, parsed.GetValue(passphrase), true, cancellation);
                try
                {
                    await WriteAsync(host, control, path, overwrite, typed, parsed.IsJson(), cancellation);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(typed);
                }
            }
        );
        return command;
    }

    private static async Task WriteAsync(
        CommandHost host,
        IControl control,
        string path,
        bool overwrite,
        ReadOnlyMemory<byte> passphrase,
        bool json,
        CancellationToken cancellation
    )
    {
        var about = (await control.GetStorageAsync(cancellation)).ContentBytes;
        ExportReport? report = null;
        await WholeFile.WriteAsync(
            path,
            overwrite,
            async written =>
            {
                await using (var backup = await control.ExportAsync(passphrase, cancellation))
                {
                    await CopyAsync(host, backup, written, about, json, cancellation);
                }
                report = await control.GetExportAsync(cancellation);
                if (!report.IsWhole)
                {
                    throw new ControlException(ControlErrors.Internal, "the backup is not whole; nothing was written");
                }
            }
        );
        if (json)
        {
            host.Json(report!, ControlJson.Default.ExportReport);
        }
        else
        {
            Say(host, path, report!);
        }
    }

    private static async Task CopyAsync(
        CommandHost host,
        Stream backup,
        Stream written,
        long about,
        bool json,
        CancellationToken cancellation
    )
    {
        var line = new ChangingLine(host, isShown: !json);
        var pace = new Pace(host.Time);
        var buffer = new byte[BufferSize];
        var done = 0L;
        try
        {
            int read;
            while ((read = await backup.ReadAtLeastAsync(buffer, buffer.Length, false, cancellation)) > 0)
            {
                await written.WriteAsync(buffer.AsMemory(0, read), cancellation);
                done += read;
                line.Show($"Exporting: {pace.Say(done, Math.Max(done, about))}");
            }
        }
        finally
        {
            line.Show("");
        }
    }

    private static void Say(CommandHost host, string path, ExportReport report)
    {
        host.Out.WriteLine(
            SafeText.Of(
                $"{Spoken.Copies(report.Clips)}, {Spoken.Size(report.Bytes)}, settings and rules are in {path}."
            )
        );
        Left(report.NotHere, "content is not on this device");
        Left(report.Locked, "a circle locked them that removed this device (`toss history --keep`)");
        Left(report.Sensitive, "they are secrets");
        Left(report.Damaged, "they are damaged on this disk");
        host.Out.WriteLine(
            "Whoever has the file and the passphrase can read it all; without the passphrase nobody can."
        );

        void Left(int count, string why)
        {
            if (count > 0)
            {
                host.Out.WriteLine($"Left out: {Spoken.Copies(count)}: {why}.");
            }
        }
    }
}
