using System.CommandLine;
using Toss.Cli.Commands.Output;

namespace Toss.Cli.Commands;

/// <summary>`toss rename NAME`.</summary>
internal static class RenameCommand
{
    public static Command Create(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "What your other devices call this one." };
        var command = new Command("rename", "Give this device another name.") { name };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var chosen = parsed.GetRequiredValue(name);
                await control.RenameAsync(chosen, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(new DoneJson(true), CliJson.Default.DoneJson);
                }
                else
                {
                    host.Out.WriteLine($"This device is now {SafeText.Of(chosen)}.");
                }
            }
        );
        return command;
    }
}
