using System.Globalization;

namespace Toss.Ui.Texts;

/// <summary>Sizes, rates and times as a person reads them.</summary>
public static class Amounts
{
    private const int Step = 1000;

    private static readonly string[] units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>"1.2 MB": three digits at most, in units of 1000.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= Step && unit < units.Length - 1)
        {
            value /= Step;
            unit++;
        }
        var format = unit == 0 || value >= 100 ? "0" : "0.#";
        return $"{value.ToString(format, CultureInfo.CurrentCulture)} {units[unit]}";
    }

    /// <summary>"12", "1.2", "0.35": three digits at most.</summary>
    public static string Number(double value) =>
        value.ToString(
            value >= 100 ? "0"
                : value >= 10 ? "0.#"
                : "0.##",
            CultureInfo.CurrentCulture
        );

    /// <summary>"1:05", for what counts down.</summary>
    public static string Countdown(TimeSpan left)
    {
        var seconds = Math.Max(0, (int)Math.Ceiling(left.TotalSeconds));
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}:{seconds % 60:00}");
    }

    /// <summary>The time of day; another day's with its date.</summary>
    public static string Moment(DateTimeOffset at, TimeProvider time)
    {
        var local = TimeZoneInfo.ConvertTime(at, time.LocalTimeZone);
        var isToday = local.Date == time.GetLocalNow().Date;
        return local.ToString(isToday ? "t" : "g", CultureInfo.CurrentCulture);
    }
}
