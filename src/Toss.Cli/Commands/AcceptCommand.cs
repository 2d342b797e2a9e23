using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss accept [CLIP]`: what a rule kept off the clipboard until somebody takes it.</summary>
internal static class AcceptCommand
{
    public static Command Create(CommandHost host)
    {
        var clip = new Argument<string?>("CLIP")
        {
            Description = "The beginning of its id, from `toss history --json`; without it, the newest that waits.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("accept", "Put what waits for you on the clipboard.") { clip };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var report = await control.AcceptAsync(parsed.GetValue(clip), cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.AcceptReport);
                    return;
                }
                var what = SafeText.Of($"{Spoken.Size(report.Size)} from {report.From}");
                host.Out.WriteLine(
                    report.State switch
                    {
                        "applied" => $"{what} is on the clipboard.",
                        "deferred" => $"{what} will be on the clipboard when the desktop is back.",
                        _ => $"{what} is not on the clipboard: something was copied meanwhile.",
                    }
                );
            }
        );
        return command;
    }
}
