namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// One INCR transfer to one requestor (ICCCM §2.7.2): each deletion of the property asks for the next piece, a piece of no
/// length is the end. Holds its own bytes: they are served to the end even when the clipboard has new content.
/// </summary>
internal sealed class OutgoingTransfer(
    nint requestor,
    nint property,
    nint type,
    ReadOnlyMemory<byte> bytes,
    TimeSpan deadline
)
{
    private int _sent;

    public nint Requestor => requestor;

    public nint Property => property;

    /// <summary>Given up then; moves with every piece.</summary>
    public TimeSpan Deadline { get; private set; } = deadline;

    public bool IsDone { get; private set; }

    public void SendNext(XConnection connection, TimeSpan deadline)
    {
        var length = Math.Min(connection.Chunk, bytes.Length - _sent);
        connection.WriteBytes(requestor, property, type, bytes.Span.Slice(_sent, length));
        _sent += length;
        IsDone = length == 0;
        Deadline = deadline;
    }
}
