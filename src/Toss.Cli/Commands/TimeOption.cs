using System.CommandLine;
using System.Globalization;

namespace Toss.Cli.Commands;

/// <summary>A moment: a date, or one with a time of day, as ISO 8601 has them, by this computer's clock.</summary>
internal static class TimeOption
{
    public static Option<DateTimeOffset?> Create(string name, string description) =>
        new(name)
        {
            Description = $"{description} Like 2026-03-04, \"2026-03-04 15:30\", or with a zone after it.",
            HelpName = "TIME",
            CustomParser = result =>
            {
                if (
                    DateTimeOffset.TryParse(
                        result.Tokens[0].Value,
                        CultureInfo.InvariantCulture,
                        DateTimeStyles.AssumeLocal,
                        out var time
                    )
                )
                {
                    return time;
                }
                result.AddError($"{name} takes a date, like 2026-03-04.");
                return null;
            },
        };
}
