using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss rules`, `toss rules out|in …`, `toss rules reset`: shows and sets what is shared with whom; the agent judges.</summary>
internal static class RulesCommand
{
    private const string NoLimit = "none";

    private static readonly string[] values = ["automatic", "ask", "never", "default"];
    private static readonly string[] types = ["text", "url", "picture", "other", "secret"];

    public static Command Create(CommandHost host)
    {
        var command = new Command("rules", "Show or change what is shared with which device.")
        {
            Direction(host, "out", "What this device sends: automatically, when asked (`toss send`), or never."),
            Direction(host, "in", "What comes to this device: automatically, when asked (`toss accept`), or never."),
            Reset(host),
        };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
                Say(host, await control.GetRulesAsync(cancellation), parsed.IsJson())
        );
        return command;
    }

    private static Command Direction(CommandHost host, string direction, string description)
    {
        var value = new Argument<string?>("RULE")
        {
            Description = "automatic, ask, never; default takes the rule back.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        value.AcceptOnlyFromAmong(values);
        var device = new Option<string?>("--device")
        {
            Description = "Only for this device: its name, or the beginning of its id.",
            HelpName = "DEVICE",
        };
        var type = new Option<string?>("--type")
        {
            Description = $"Only for this type: {string.Join(", ", types)}.",
            HelpName = "TYPE",
        };
        type.AcceptOnlyFromAmong(types);
        var size = new Option<int?>("--max-size")
        {
            Description = $"The largest copy, in MiB; {NoLimit} takes the limit back.",
            HelpName = "MIB",
            CustomParser = result =>
            {
                var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (text == NoLimit)
                {
                    return 0;
                }
                if (
                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes)
                    && mebibytes > 0
                )
                {
                    return mebibytes;
                }
                result.AddError($"--max-size takes a number of MiB, or {NoLimit}.");
                return null;
            },
        };
        var command = new Command(direction, description) { value, device, type, size };
        command.Validators.Add(result =>
        {
            var sized = result.GetResult(size) is not null;
            if (result.GetResult(value) is not { Tokens.Count: > 0 } && !sized)
            {
                result.AddError("Give a RULE, --max-size, or both.");
            }
            else if (sized && result.GetResult(type) is not null)
            {
                result.AddError("--max-size is for every type: leave --type out.");
            }
        });
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var request = new SetRuleRequest(
                    direction,
                    parsed.GetValue(device),
                    parsed.GetValue(type),
                    parsed.GetValue(value),
                    parsed.GetValue(size)
                );
                Say(host, await control.SetRuleAsync(request, cancellation), parsed.IsJson());
            }
        );
        return command;
    }

    private static Command Reset(CommandHost host)
    {
        var command = new Command("reset", "No rules any more: everything is shared, both ways.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                await control.ResetRulesAsync(cancellation);
                Say(host, [], parsed.IsJson());
            }
        );
        return command;
    }

    private static void Say(CommandHost host, IReadOnlyList<RuleReport> rules, bool json)
    {
        if (json)
        {
            host.Json(rules, ControlJson.Default.IReadOnlyListRuleReport);
            return;
        }
        if (rules.Count == 0)
        {
            host.Out.WriteLine("No rules: everything is shared with every device, both ways.");
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("way", "device", "type", "rule");
        foreach (var rule in rules)
        {
            table.AddRow(
                new Text(rule.Direction),
                new Text(rule.DeviceName is { } name ? SafeText.Of(name) : "any"),
                new Text(rule.Type ?? "any"),
                new Text(
                    rule.MaxMiB is { } limit
                        ? string.Create(CultureInfo.InvariantCulture, $"at most {limit} MiB")
                        : rule.Sharing ?? ""
                )
            );
        }
        host.Screen.Write(table);
    }
}
