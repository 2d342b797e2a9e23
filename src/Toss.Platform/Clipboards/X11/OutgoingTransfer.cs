namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// One INCR transfer to one requestor (ICCCM §2.7.2): each deletion of the property asks for the next piece, a piece of no
/// length is the end. Holds its own content: it is served to the end even when the clipboard has a new one. Content that does
/// not come has no end: the requestor must not take a part for the whole.
/// </summary>
internal sealed class OutgoingTransfer : IDisposable
{
    private readonly nint _type;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly PromiseReading? _promised;
    private bool _isAsked;
    private int _sent;

    public OutgoingTransfer(nint requestor, nint property, nint type, ReadOnlyMemory<byte> bytes, TimeSpan deadline)
    {
        (Requestor, Property, _type, _bytes, Deadline) = (requestor, property, type, bytes, deadline);
    }

    public OutgoingTransfer(nint requestor, nint property, nint type, PromiseReading promised, TimeSpan deadline)
    {
        (Requestor, Property, _type, _promised, Deadline) = (requestor, property, type, promised, deadline);
    }

    public nint Requestor { get; }

    public nint Property { get; }

    /// <summary>Given up then; moves with every piece.</summary>
    public TimeSpan Deadline { get; private set; }

    /// <summary>All is sent and taken.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What was promised does not come.</summary>
    public bool HasFailed => _promised is { HasFailed: true };

    /// <summary>The requestor took the last piece.</summary>
    /// <param name="deadline">For its next question.</param>
    /// <param name="patience">For the next piece, if that is still on its way here.</param>
    public void SendNext(XConnection connection, TimeSpan deadline, TimeSpan patience)
    {
        _isAsked = true;
        Deadline = patience;
        SendWhatCame(connection, deadline);
    }

    /// <summary>Sends the piece that the requestor waits for, if it is here.</summary>
    public void SendWhatCame(XConnection connection, TimeSpan deadline)
    {
        if (!_isAsked)
        {
            return;
        }
        ReadOnlyMemory<byte> piece;
        if (_promised is null)
        {
            piece = _bytes.Slice(_sent, Math.Min(connection.Chunk, _bytes.Length - _sent));
        }
        else if (_promised.IsEnded)
        {
            piece = default;
        }
        else if (!_promised.TryTake(out piece))
        {
            return;
        }
        connection.WriteBytes(Requestor, Property, _type, piece.Span);
        _sent += piece.Length;
        _isAsked = false;
        IsDone = piece.IsEmpty;
        Deadline = deadline;
    }

    public void Dispose() => _promised?.Dispose();
}
