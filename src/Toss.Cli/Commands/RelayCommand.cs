using System.CommandLine;
using System.Diagnostics;
using Toss.Cli.Commands.Output;
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
        var command = new Command("relay", "Run a relay here, in the foreground; or test one.") { Test(host) };
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

    private static Command Test(CommandHost host)
    {
        var url = new Argument<string?>("URL")
        {
            Description = "Its address, wss://…; without one, the relay of this device.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var token = new Option<string?>("--token")
        {
            Description =
                "Admission token, if it wants one; without it, the one that is set for the relay of this device.",
            HelpName = "TOKEN",
        };
        var command = new Command("test", "Connect to a relay, and say whether it lets this device in.") { url, token };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var request = new RelayTestRequest(parsed.GetValue(url), parsed.GetValue(token));
                var found = await control.TestRelayAsync(request, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(found, ControlJson.Default.DoctorCheck);
                }
                else
                {
                    host.Out.WriteLine(SafeText.Of(found.Message));
                    if (found.Next is { } next)
                    {
                        host.Out.WriteLine($"-> {SafeText.Of(next)}");
                    }
                }
                return found.State == DoctorCheck.Problem ? ExitCodes.Failed : ExitCodes.Done;
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
