namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// A request for promised content that is not answered yet: a requestor that was told of an INCR transfer cannot be told any more
/// that there is none, and would wait for ever for its first piece.
/// </summary>
/// <param name="property">Where the answer goes.</param>
/// <param name="until">Answered then, whatever is here.</param>
internal sealed class PromisedAnswer(
    XSelectionRequestEvent request,
    nint property,
    nint type,
    long size,
    PromiseReading reading,
    TimeSpan until
)
{
    public nint Requestor => request.Requestor;

    public nint Property => property;

    public nint Type => type;

    public long Size => size;

    public PromiseReading Reading => reading;

    public TimeSpan Until => until;

    public void Send(XConnection connection, bool isGiven) =>
        connection.Send(
            Requestor,
            new XSelectionEvent
            {
                Type = Xlib.SelectionNotify,
                Requestor = Requestor,
                Selection = request.Selection,
                Target = request.Target,
                Property = isGiven ? property : 0,
                Time = request.Time,
            }
        );
}
