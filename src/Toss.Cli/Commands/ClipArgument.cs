using System.CommandLine;

namespace Toss.Cli.Commands;

/// <summary>A copy in history, as a person names it.</summary>
internal static class ClipArgument
{
    private const string Description = "The beginning of its id, from `toss history --json` or `toss watch`.";

    public static Argument<string> Create() => new("CLIP") { Description = Description };

    /// <summary>One or more.</summary>
    public static Argument<string[]> CreateMany() =>
        new("CLIP") { Description = Description, Arity = ArgumentArity.OneOrMore };
}
