using System.CommandLine;
using System.CommandLine.Completions;

namespace Toss.Cli.Commands.Completion;

/// <summary>What may come next at one place of a command line: after `toss`, after `toss rules`, after `toss rules out`.</summary>
/// <param name="Path">Names of the commands up to here, a space between; nothing for `toss` itself.</param>
internal sealed record CompletionPlace(
    string Path,
    IReadOnlyList<CompletionWord> Commands,
    IReadOnlyList<CompletionOption> Options,
    IReadOnlyList<string> Values
)
{
    /// <summary>Every place, the outer ones first.</summary>
    public static IReadOnlyList<CompletionPlace> Of(RootCommand root)
    {
        // Those that every command takes, but for `--version`, which stands alone.
        var everywhere = root.Options.Where(option => option.Recursive).ToList();
        return [.. Of(root, "", everywhere)];
    }

    private static IEnumerable<CompletionPlace> Of(Command command, string path, IReadOnlyList<Option> everywhere)
    {
        var options = command.Options.Concat(everywhere).DistinctBy(option => option.Name);
        yield return new CompletionPlace(
            path,
            [.. command.Subcommands.Select(one => new CompletionWord(one.Name, one.Description ?? ""))],
            [.. options.Where(option => !option.Hidden).Select(CompletionOption.Of)],
            [.. command.Arguments.SelectMany(WordsOf)]
        );
        foreach (var below in command.Subcommands.SelectMany(one => Of(one, $"{path} {one.Name}".Trim(), everywhere)))
        {
            yield return below;
        }
    }

    internal static IEnumerable<string> WordsOf(Symbol symbol) =>
        symbol.GetCompletions(CompletionContext.Empty).Select(one => one.Label);
}
