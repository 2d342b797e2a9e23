using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Toss.Cli.Commands;

/// <summary>An option that takes a number within bounds and says so when it was given something else.</summary>
internal static class NumberOption
{
    public static Option<int> Whole(
        string name,
        string[] aliases,
        string description,
        int otherwise,
        int min,
        int max
    ) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => otherwise,
            CustomParser = result =>
            {
                if (
                    int.TryParse(Given(result), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                    && value >= min
                    && value <= max
                )
                {
                    return value;
                }
                result.AddError($"{name} takes a number from {min} to {max}.");
                return otherwise;
            },
        };

    /// <summary>Null if it was not given.</summary>
    public static Option<double?> Seconds(string name, string description, int max) =>
        new(name)
        {
            Description = description,
            HelpName = "SECONDS",
            CustomParser = result =>
            {
                if (
                    double.TryParse(
                        Given(result),
                        NumberStyles.AllowDecimalPoint,
                        CultureInfo.InvariantCulture,
                        out var value
                    )
                    && value <= max
                )
                {
                    return value;
                }
                result.AddError($"{name} takes seconds, from 0 to {max}.");
                return null;
            },
        };

    private static string Given(ArgumentResult result) => result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
}
