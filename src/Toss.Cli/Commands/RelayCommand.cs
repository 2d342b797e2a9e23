using System.CommandLine;
using System.Diagnostics;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss relay`: runs `toss-relay` in the foreground, its output and its exit code as they are.</summary>
internal static class RelayCommand
{
    public static Command Create(CommandHost host)
    {
        Option<string?>[] options =
        [
            new("--listen") { Description = "Where to listen.", HelpName = "ADDR:PORT" },
            new("--udp")
            {
                Description = "Where devices behind NATs learn how they are seen.",
                HelpName = "ADDR:PORT|off",
            },
            new("--data") { Description = "Folder of the mailboxes.", HelpName = "DIR" },
            new("--cert") { Description = "TLS certificate, PEM.", HelpName = "F" },
            new("--key") { Description = "Its private key, PEM.", HelpName = "F" },
        ];
        var command = new Command("relay", "Run a relay here, in the foreground.");
        foreach (var option in options)
        {
            command.Options.Add(option);
        }
        command.Validators.Add(result =>
        {
            if (result.GetValue(options[3]) is null != result.GetValue(options[4]) is null)
            {
                result.AddError("--cert and --key go together.");
            }
        });
        command.SetAction(
            async (parsed, cancellation) =>
            {
                if (OwnProgram.FindRelay() is not { } relay)
                {
                    return Output.Failure.Write(
                        host,
                        parsed.IsJson(),
                        new ControlError(
                            ControlErrors.Internal,
                            "the program toss-relay is not installed beside toss",
                            "install it, or run it where it is"
                        )
                    );
                }
                var start = new ProcessStartInfo(relay) { UseShellExecute = false };
                foreach (var option in options)
                {
                    if (parsed.GetValue(option) is { } value)
                    {
                        start.ArgumentList.Add(option.Name);
                        start.ArgumentList.Add(value);
                    }
                }
                return await RunAsync(start, cancellation);
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(ProcessStartInfo start, CancellationToken cancellation)
    {
        using var process = Process.Start(start)!;
        // Ctrl-C reaches the relay from the terminal as well; a second TERM does it no harm.
        await using var passOn = cancellation.Register(() => ProcessSignal.Terminate(process));
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
