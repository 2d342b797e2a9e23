using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>
/// `toss send [FILE…] [--clip CLIP] [--to DEVICE]`: files into a folder of other devices; without any, the current copy, which a rule
/// keeps here until somebody sends it, or one of history.
/// </summary>
internal static class SendCommand
{
    public static Command Create(CommandHost host)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Files and folders to send; without any, the current copy is sent.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var to = new Option<string?>("--to")
        {
            Description =
                "The device that gets it; without it, files go to every device, a copy to those with the rule `ask`.",
            HelpName = "DEVICE",
        };
        var clip = new Option<string?>("--clip")
        {
            Description = "A copy of history instead of the current one: the beginning of its id.",
            HelpName = "CLIP",
        };
        var command = new Command("send", "Send files, or a copy, by hand.") { files, clip, to };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(clip) is not null && parsed.GetValue(files) is { Length: > 0 })
            {
                parsed.AddError("A copy of history is sent by itself, without files.");
            }
        });
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var paths = parsed.GetValue(files) ?? [];
                if (paths.Length > 0)
                {
                    var request = new SendFilesRequest([.. paths.Select(Path.GetFullPath)], parsed.GetValue(to));
                    return await new SendFiles(host, control, parsed.IsJson()).RunAsync(request, cancellation);
                }
                var copy = new SendRequest(parsed.GetValue(to), parsed.GetValue(clip));
                await SendCopyAsync(host, control, copy, parsed.IsJson(), cancellation);
                return ExitCodes.Done;
            }
        );
        return command;
    }

    private static async Task SendCopyAsync(
        CommandHost host,
        IControl control,
        SendRequest request,
        bool json,
        CancellationToken cancellation
    )
    {
        var report = await control.SendAsync(request, cancellation);
        if (json)
        {
            host.Json(report, ControlJson.Default.SendReport);
            return;
        }
        if (report.Sent.Count > 0)
        {
            host.Out.WriteLine($"{Spoken.Size(report.Size)} to {Names(report.Sent)}.");
        }
        if (report.Had.Count > 0)
        {
            host.Out.WriteLine($"Sent before to {Names(report.Had)}.");
        }
    }

    private static string Names(IReadOnlyList<string> names) => SafeText.Of(string.Join(", ", names));
}
