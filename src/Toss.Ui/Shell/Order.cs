using Toss.Control;
using Toss.Ui.Texts;

namespace Toss.Ui.Shell;

/// <summary>Something that a person asked for: under way once at a time, and why it was not done, in words.</summary>
public sealed class Order(Words words)
{
    public bool IsRunning { get; private set; }

    /// <summary>Null if the last one was done.</summary>
    public string? Failure { get; private set; }

    /// <summary>What was said of the last one.</summary>
    public void Forget() => Failure = null;

    /// <returns>Whether it was done.</returns>
    public async Task<bool> RunAsync(Func<Task> act)
    {
        if (IsRunning)
        {
            return false;
        }
        IsRunning = true;
        Failure = null;
        try
        {
            await act();
            return true;
        }
        catch (ControlException failure)
        {
            Failure = words.Failure(failure.Code);
            return false;
        }
        finally
        {
            IsRunning = false;
        }
    }
}
