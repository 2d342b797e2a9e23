using System.CommandLine;
using Toss.Cli.Commands.Output;

namespace Toss.Cli.Commands;

/// <summary>`toss delete CLIP`: out of this device's history. There is no way back, and no asking: it names what it deletes.</summary>
internal static class DeleteCommand
{
    public static Command Create(CommandHost host)
    {
        var clip = ClipArgument.Create();
        var command = new Command("delete", "Delete a copy from this device's history.") { clip };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                await control.DeleteClipAsync(parsed.GetValue(clip)!, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(new DoneJson(true), CliJson.Default.DoneJson);
                }
                else
                {
                    host.Out.WriteLine("Deleted here. Other devices keep theirs, and the clipboard what it holds.");
                }
            }
        );
        return command;
    }
}
