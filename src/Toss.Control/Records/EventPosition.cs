using System.Globalization;

namespace Toss.Control;

/// <summary>
/// Where in an agent's events somebody is. Numbers go up by one within a run of the agent; another run begins again, so both
/// together say what was seen. On the wire, `RUN.SEQUENCE`.
/// </summary>
public readonly record struct EventPosition(string Run, long Sequence)
{
    /// <summary>A run's name, as agents make them, and room.</summary>
    private const int LongestRun = 64;

    /// <summary>False for what no agent wrote: whoever sends it is told everything, from the beginning.</summary>
    public static bool TryParse(string? text, out EventPosition position)
    {
        position = default;
        if (
            text?.LastIndexOf('.') is not (> 0 and <= LongestRun and var dot)
            || !long.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
        )
        {
            return false;
        }
        position = new EventPosition(text[..dot], sequence);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run}.{Sequence}");
}
