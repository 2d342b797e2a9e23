using System.CommandLine;

namespace Toss.Cli.Commands.Completion;

/// <summary>An option, and what its value may be.</summary>
/// <param name="Names">As on Unix: `--long` and `-s`.</param>
/// <param name="Values">All there may be; none if it takes any.</param>
internal sealed record CompletionOption(
    IReadOnlyList<string> Names,
    string Description,
    bool TakesValue,
    bool TakesFile,
    IReadOnlyList<string> Values
)
{
    /// <summary>As usage calls a value that is a file or a folder.</summary>
    private static readonly string[] files = ["F", "FILE", "DIR"];

    public static CompletionOption Of(Option option)
    {
        var takesValue = option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);
        return new CompletionOption(
            [.. option.Aliases.Prepend(option.Name).Where(IsOfUnix).Distinct()],
            option.Description ?? "",
            takesValue,
            takesValue && files.Contains(option.HelpName),
            takesValue ? [.. CompletionPlace.WordsOf(option)] : []
        );
    }

    private static bool IsOfUnix(string name) => name.StartsWith('-') && name != "-?";
}
