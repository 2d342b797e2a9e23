using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss tag CLIP NAME…`: words by which a copy is found again, on this device.</summary>
internal static class TagCommand
{
    public static Command Create(CommandHost host)
    {
        var clip = ClipArgument.Create();
        var names = new Argument<string[]>("NAME")
        {
            Description = "A word or two, by which `toss history --tag` finds it.",
            Arity = ArgumentArity.OneOrMore,
        };
        var remove = new Option<bool>("--remove") { Description = "Take the tags off." };
        var command = new Command("tag", "Put tags on a copy in this device's history, or take them off.")
        {
            clip,
            names,
            remove,
        };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var tags = parsed.GetValue(names)!;
                var request = parsed.GetValue(remove)
                    ? new MarkRequest(parsed.GetValue(clip)!, Remove: tags)
                    : new MarkRequest(parsed.GetValue(clip)!, Add: tags);
                var entry = await control.MarkClipAsync(request, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(HistoryJson.Of(entry), CliJson.Default.HistoryJson);
                }
                else
                {
                    host.Out.WriteLine(
                        entry.Tags.Count == 0 ? "No tags." : $"Tags: {SafeText.Of(string.Join(", ", entry.Tags))}"
                    );
                }
            }
        );
        return command;
    }
}
