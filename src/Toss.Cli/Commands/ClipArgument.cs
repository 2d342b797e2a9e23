using System.CommandLine;

namespace Toss.Cli.Commands;

/// <summary>A copy in history, as a person names it.</summary>
internal static class ClipArgument
{
    public static Argument<string> Create() =>
        new("CLIP") { Description = "The beginning of its id, from `toss history --json` or `toss watch`." };
}
