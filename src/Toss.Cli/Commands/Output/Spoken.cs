using System.Globalization;

namespace Toss.Cli.Commands.Output;

/// <summary>Times and sizes as people say them.</summary>
internal static class Spoken
{
    public static string Ago(DateTimeOffset at, DateTimeOffset now)
    {
        var past = now - at;
        return past switch
        {
            { TotalSeconds: < -60 } => at.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            { TotalSeconds: < 5 } => "now",
            { TotalDays: >= 7 } => at.ToLocalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ => Duration(past) + " ago",
        };
    }

    public static string Duration(TimeSpan time) =>
        time switch
        {
            { TotalMinutes: < 1 } => Number(time.Seconds, "second"),
            { TotalHours: < 1 } => Number((int)time.TotalMinutes, "minute"),
            { TotalDays: < 1 } => Number((int)time.TotalHours, "hour"),
            _ => Number((int)time.TotalDays, "day"),
        };

    /// <summary>` until …` by this computer's clock, to the second; nothing if there is no end.</summary>
    public static string Until(DateTimeOffset? end) =>
        end is { } at ? " until " + at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";

    /// <summary>` by …` the relay that large content goes to for a device; nothing if it goes there itself.</summary>
    public static string By(string? relay) =>
        Uri.TryCreate(relay, UriKind.Absolute, out var there) ? $" by {there.Host}" : "";

    public static string Size(long bytes) =>
        bytes switch
        {
            < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
            < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
            < 1024 * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.#} MiB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):0.#} GiB"),
        };

    public static string Number(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    public static string Copies(int count) => Number(count, "copy").Replace("copys", "copies");

    /// <summary>A part of 1.</summary>
    public static string Percent(double part) => (part * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    public static string Milliseconds(double value) =>
        value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " ms";
}
