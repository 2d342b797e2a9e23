using System.CommandLine;
using System.Globalization;

namespace Toss.Cli.Commands;

/// <summary>An argument like `30m`: a whole number and its unit.</summary>
internal static class DurationArgument
{
    /// <summary>Digits of the number: the agent judges the value.</summary>
    private const int Digits = 6;

    /// <summary>Null if it was not given.</summary>
    public static Argument<TimeSpan?> Optional(string name, string description) =>
        new(name)
        {
            Description = description,
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result =>
            {
                if (result.Tokens.Count == 0)
                {
                    return null;
                }
                if (TryRead(result.Tokens[0].Value, out var duration))
                {
                    return duration;
                }
                result.AddError($"{name} takes a number and a unit: 90s, 30m, 2h or 1d.");
                return null;
            },
        };

    private static bool TryRead(string text, out TimeSpan duration)
    {
        duration = default;
        if (
            text.Length is < 2 or > Digits + 1
            || !int.TryParse(
                text.AsSpan(0, text.Length - 1),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var number
            )
            || number == 0
        )
        {
            return false;
        }
        duration = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => TimeSpan.Zero,
        };
        return duration > TimeSpan.Zero;
    }
}
