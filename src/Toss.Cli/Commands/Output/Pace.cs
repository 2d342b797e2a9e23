namespace Toss.Cli.Commands.Output;

/// <summary>How far something is, how fast, and how long it still takes.</summary>
internal sealed class Pace(TimeProvider time)
{
    private (long Timestamp, long Done)? _begun;

    public static string Say(long done, long total, long? rate)
    {
        var percent = total > 0 ? $" ({100 * done / total} %)" : "";
        var left = rate is > 0 ? $", {Spoken.Duration(TimeSpan.FromSeconds((total - done) / rate.Value))} left" : "";
        return $"{Spoken.Size(done)} of {Spoken.Size(total)}{percent}{(rate is { } at ? $", {Spoken.Size(at)}/s" : "")}{left}";
    }

    /// <summary>At the rate since the first time.</summary>
    public string Say(long done, long total) => Say(done, total, RateOf(done));

    private long? RateOf(long done)
    {
        var now = time.GetTimestamp();
        if (_begun is not { } begun)
        {
            _begun = (now, done);
            return null;
        }
        var took = time.GetElapsedTime(begun.Timestamp, now).TotalSeconds;
        return took > 0 && done > begun.Done ? (long)((done - begun.Done) / took) : null;
    }
}
