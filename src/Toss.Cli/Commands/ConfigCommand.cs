using System.CommandLine;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss config [KEY [VALUE]]`: lists, prints or sets; the agent judges the value.</summary>
internal static class ConfigCommand
{
    public static Command Create(CommandHost host)
    {
        var key = new Argument<string?>("KEY")
        {
            Description = "The setting; without one, all are listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var value = new Argument<string?>("VALUE") { Description = "Its new value.", Arity = ArgumentArity.ZeroOrOne };
        var reset = new Option<bool>("--default") { Description = "Set KEY to its default again." };
        var command = new Command("config", "Show or change settings.") { key, value, reset };
        command.Validators.Add(result =>
        {
            if (result.GetValue(reset) && (result.GetValue(key) is null || result.GetValue(value) is not null))
            {
                result.AddError("--default needs a KEY and no VALUE.");
            }
        });
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var name = parsed.GetValue(key);
                var wanted = parsed.GetValue(value);
                if (name is null)
                {
                    List(host, await control.GetConfigAsync(cancellation), parsed.IsJson());
                    return;
                }
                var changes = wanted is not null || parsed.GetValue(reset);
                var entry = changes
                    ? await control.SetConfigAsync(name, wanted, cancellation)
                    : Find(await control.GetConfigAsync(cancellation), name);
                if (parsed.IsJson())
                {
                    host.Json(entry, ControlJson.Default.ConfigEntry);
                }
                else
                {
                    host.Out.WriteLine(
                        changes ? $"{entry.Key} = {SafeText.Of(entry.Value)}" : SafeText.Of(entry.Value)
                    );
                }
            }
        );
        return command;
    }

    private static ConfigEntry Find(IReadOnlyList<ConfigEntry> entries, string key) =>
        entries.FirstOrDefault(entry => entry.Key == key)
        ?? throw new ControlException(
            ControlErrors.InvalidConfig,
            $"there is no setting `{key}`",
            $"settings: {string.Join(", ", entries.Select(entry => entry.Key))}"
        );

    private static void List(CommandHost host, IReadOnlyList<ConfigEntry> entries, bool json)
    {
        if (json)
        {
            host.Json(entries, ControlJson.Default.IReadOnlyListConfigEntry);
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("key", "value", "default", "meaning");
        foreach (var entry in entries)
        {
            table.AddRow(
                new Text(entry.Key),
                new Text(SafeText.Of(entry.Value)),
                new Text(entry.Value == entry.Default ? "" : SafeText.Of(entry.Default)),
                new Text(entry.Description)
            );
        }
        host.Screen.Write(table);
    }
}
