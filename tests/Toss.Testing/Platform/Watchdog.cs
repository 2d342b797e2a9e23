namespace Toss.Testing.Platform;

/// <summary>Every wait in a test ends: with the thing itself, or with a sentence that says what did not come.</summary>
public static class Watchdog
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<T> Within<T>(Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {Patience.TotalSeconds:F0} s for {what}.");
        }
    }

    public static async Task Within(Task task, string what)
    {
        await Within(Wrap(task), what);

        static async Task<bool> Wrap(Task task)
        {
            await task;
            return true;
        }
    }

    public static Task<T> Within<T>(ValueTask<T> task, string what) => Within(task.AsTask(), what);

    public static Task Within(ValueTask task, string what) => Within(task.AsTask(), what);
}
