using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss pair`: shows a code for a newcomer; `toss pair CODE|URI`: joins as one.</summary>
internal static class PairCommand
{
    public static Command Create(CommandHost host)
    {
        var code = new Argument<string[]>("CODE|URI")
        {
            Description = "The digits or the link another device shows; nothing shows one here.",
            Arity = new ArgumentArity(0, MaxWords),
        };
        var yes = new Option<bool>("--yes", "-y") { Description = "Add whoever proves the code, without asking." };
        var relay = new Option<string?>("--relay")
        {
            Description = "Where a typed CODE is known; with a link, a relay of this device's own.",
            HelpName = "URL",
        };
        var command = new Command("pair", "Add a device: show a code here, type it there.") { code, yes, relay };
        command.Validators.Add(result =>
        {
            if (result.GetValue(relay) is not null && result.GetValue(code) is not { Length: > 0 })
            {
                result.AddError("--relay goes with a CODE; `toss up --relay URL` sets this device's relay.");
            }
        });
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var json = parsed.IsJson();
                try
                {
                    // "123 456 789" is how a code is read aloud, and may be typed so.
                    var paired = parsed.GetValue(code) is { Length: > 0 } words
                        ? await new PairJoin(host, control, json).RunAsync(
                            new JoinRequest(string.Join(' ', words), parsed.GetValue(relay)),
                            cancellation
                        )
                        : await new PairShow(host, control, json, json || parsed.GetValue(yes)).RunAsync(cancellation);
                    if (json)
                    {
                        host.Json(
                            new PairedJson(new PairedDeviceJson(paired.Id, paired.Name)),
                            CliJson.Default.PairedJson
                        );
                    }
                }
                catch (Exception failure) when (json && IsFailure(failure, cancellation) is not null)
                {
                    // The stream a script reads ends with its own last line; stderr has the hint too.
                    var error = IsFailure(failure, cancellation)!;
                    host.Json(
                        new PairFailedJson(new PairErrorJson(error.Code, error.Message)),
                        CliJson.Default.PairFailedJson
                    );
                    throw error;
                }
            }
        );
        return command;
    }

    /// <summary>A code may be typed in groups; more words than this are something else.</summary>
    private const int MaxWords = 6;

    internal static ControlException FailureOf(PairingFailed failed) => new(failed.Code, failed.Message, failed.Hint);

    private static ControlException? IsFailure(Exception failure, CancellationToken cancellation) =>
        failure switch
        {
            ControlException known => known,
            OperationCanceledException when cancellation.IsCancellationRequested => Withdrawn(),
            _ => null,
        };

    internal static ControlException Withdrawn() =>
        new(ControlErrors.Withdrawn, "pairing was ended; its code is worth nothing now");
}
