namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// Windows of questions that were given up while their owner was about to write to them. A program that does not expect the
/// window to be gone is ended by Xlib's own error handler (xclip is), and with it what it had on the clipboard. So each stays
/// until the owner has written and waits for us, or until many more recent ones are here.
/// </summary>
internal sealed class AbandonedQuestions(XConnection connection)
{
    /// <summary>Owners that never answer leave no more than this behind.</summary>
    private const int Most = 32;

    private readonly List<(nint Window, bool Receiving)> _questions = [];

    /// <summary>Takes the window over: it is destroyed here.</summary>
    /// <param name="receiving">The answer comes in pieces, and the next was asked for; else the answer itself is to come.</param>
    public void Keep(nint window, bool receiving)
    {
        _questions.Add((window, receiving));
        if (_questions.Count > Most)
        {
            End(0);
        }
    }

    /// <summary>The last that an owner writes before it waits for us, if it answers in pieces; else the last of all.</summary>
    public void Handle(in XSelectionEvent notify) => End(_questions.IndexOf((notify.Requestor, false)));

    public void Handle(in XPropertyEvent changed)
    {
        if (changed.State == Xlib.PropertyNewValue)
        {
            End(_questions.IndexOf((changed.Window, true)));
        }
    }

    private void End(int at)
    {
        if (at >= 0)
        {
            connection.DestroyWindow(_questions[at].Window);
            _questions.RemoveAt(at);
        }
    }
}
