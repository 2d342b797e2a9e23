using System.CommandLine;
using System.CommandLine.Completions;
using System.Text;
using Toss.Cli.Commands;
using Toss.Tests.Cli;

namespace Toss.Tests.Architecture.Reference;

/// <summary>The command tree as a page for people: every command, argument and option there is.</summary>
internal static class CommandPage
{
    public static string Write()
    {
        using var bench = new CommandBench();
        var root = CommandTree.Create(bench.Host());
        var page = new StringBuilder();
        page.Append(
            $"""
            # The commands, all of them

            Made from the command tree by `scripts/api`; do not edit it. What they are for, the shapes of `--json` and the exit codes:
            [commands](../user/commands.md).

            Every command takes these:

            {Options(root.Options)}

            """
        );
        foreach (var command in root.Subcommands)
        {
            Write(page, command, $"toss {command.Name}");
        }
        return page.ToString();
    }

    private static void Write(StringBuilder page, Command command, string name)
    {
        page.Append($"\n## {name}\n\n{command.Description}\n\n");
        var arguments = string.Concat(
            command.Arguments.Select(argument =>
                argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}"
            )
        );
        page.Append($"    {name}{arguments}{(command.Options.Count > 0 ? " [OPTIONS]" : "")}\n");
        if (command.Arguments.Count > 0)
        {
            page.Append("\n| argument | |\n|---|---|\n");
            foreach (var argument in command.Arguments)
            {
                page.Append($"| `{Cell(argument.Name)}` | {Cell(argument.Description)}{Values(argument)} |\n");
            }
        }
        if (command.Options.Count > 0)
        {
            page.Append($"\n{Options(command.Options)}\n");
        }
        foreach (var below in command.Subcommands)
        {
            Write(page, below, $"{name} {below.Name}");
        }
    }

    private static string Options(IEnumerable<Option> options) =>
        "| option | |\n|---|---|\n"
        + string.Join(
            "\n",
            options.Select(option =>
            {
                var value = option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);
                var names = string.Join(", ", option.Aliases.Prepend(option.Name).Select(one => $"`{one}`"));
                return $"| {names}{(value ? $" `{option.HelpName ?? "VALUE"}`" : "")} | {Cell(option.Description)}{Values(option)} |";
            })
        );

    private static string Values(Symbol symbol)
    {
        var words = symbol.GetCompletions(CompletionContext.Empty).Select(one => $"`{one.Label}`").ToList();
        return words.Count > 0 && (symbol as Option)?.ValueType != typeof(bool)
            ? $" One of {string.Join(", ", words)}."
            : "";
    }

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|");
}
