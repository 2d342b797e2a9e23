using Toss.Control;
using Toss.Ui.Texts;

namespace Toss.Ui.Shell;

/// <summary>Something that a person asked for: under way once at a time, and why it was not done, in words.</summary>
public sealed class Order(Words words)
{
    private Task _last = Task.CompletedTask;
    private int _ahead;

    public bool IsRunning => _ahead > 0;

    /// <summary>Null if the last one was done.</summary>
    public string? Failure { get; private set; }

    /// <summary>One of <see cref="ControlErrors"/>, for who says it better; null likewise.</summary>
    public string? FailureCode { get; private set; }

    /// <summary>What became of the last one is of no interest any more.</summary>
    public void Forget() => (Failure, FailureCode) = (null, null);

    /// <summary>What cannot be wished twice: while it is under way it is not begun again, which its button says.</summary>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> RunAsync(Func<Task> act) => !IsRunning && await QueueAsync(act);

    /// <summary>After those before it, whatever became of them.</summary>
    /// <param name="fail">Told why it was not done, before the next one begins.</param>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> QueueAsync(Func<Task> act, Action<string>? fail = null)
    {
        var before = _last;
        var done = new TaskCompletionSource();
        _last = done.Task;
        _ahead++;
        await before;
        Forget();
        try
        {
            await act();
            return true;
        }
        catch (ControlException failure)
        {
            Failure = words.Failure(failure.Code);
            FailureCode = failure.Code;
            fail?.Invoke(Failure);
            return false;
        }
        finally
        {
            _ahead--;
            done.SetResult();
        }
    }
}
