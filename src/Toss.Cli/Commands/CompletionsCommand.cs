using System.CommandLine;
using Toss.Cli.Commands.Completion;

namespace Toss.Cli.Commands;

/// <summary>`toss completions SHELL`: a script that lets a shell complete toss, made of the command tree itself.</summary>
internal static class CompletionsCommand
{
    private static readonly Dictionary<string, Func<IReadOnlyList<CompletionPlace>, string>> shells = new()
    {
        ["bash"] = BashCompletion.Write,
        ["zsh"] = ZshCompletion.Write,
        ["fish"] = FishCompletion.Write,
    };

    public static Command Create(CommandHost host)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish." };
        shell.AcceptOnlyFromAmong([.. shells.Keys]);
        var command = new Command("completions", "Print a script that lets a shell complete commands.") { shell };
        command.Run(
            host,
            async (parsed, cancellation) =>
            {
                var places = CompletionPlace.Of((RootCommand)parsed.RootCommandResult.Command);
                await host.Out.WriteAsync(shells[parsed.GetRequiredValue(shell)](places).AsMemory(), cancellation);
            }
        );
        return command;
    }
}
