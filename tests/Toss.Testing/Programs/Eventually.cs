using System.Diagnostics;
using Toss.Control;
using Toss.Testing.Platform;

namespace Toss.Testing.Programs;

/// <summary>Waits for a state that other processes reach in their own time, by looking again and again.</summary>
public static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(30);

    /// <param name="what">What does not come if this fails.</param>
    /// <param name="look">Null, or what was waited for.</param>
    /// <param name="last">What was seen at last, for the failure.</param>
    public static async Task<T> SeesAsync<T>(string what, Func<Task<T?>> look, Func<Task<string>>? last = null)
        where T : class
    {
        var begin = Stopwatch.GetTimestamp();
        var trouble = "";
        while (Stopwatch.GetElapsedTime(begin) < Watchdog.Patience)
        {
            try
            {
                if (await look() is { } seen)
                {
                    return seen;
                }
            }
            catch (ControlException failure)
            {
                // An agent that starts or stops meanwhile.
                trouble = $" ({failure.Message})";
            }
            await Task.Delay(Look);
        }
        var seenLast = last is null ? "" : $"; at last: {await last()}";
        throw new TimeoutException($"Waited {Watchdog.Patience.TotalSeconds:F0} s for {what}{trouble}{seenLast}.");
    }

    public static Task HoldsAsync(string what, Func<Task<bool>> look, Func<Task<string>>? last = null) =>
        SeesAsync(what, async () => await look() ? "" : null, last);
}
