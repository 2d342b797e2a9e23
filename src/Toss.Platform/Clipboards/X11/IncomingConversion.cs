using Toss.Wire;

namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// One question to a selection's owner (ICCCM §2.4) and its answer, at once or in pieces (INCR, §2.7.2). Has a window of
/// its own: no late answer can be taken for another's.
/// States: asked -> (receiving ->) ended.
/// </summary>
internal sealed class IncomingConversion : IDisposable
{
    private readonly XConnection _connection;
    private readonly AbandonedQuestions _abandoned;
    private readonly ReceivedContent _content;
    private readonly ClipboardTiming _timing;
    private TimeSpan _end;
    private TimeSpan _stall;
    private bool _receiving;
    private bool _pieceWaits;

    // Or has ended: it writes nothing to the window before we go on.
    private bool _ownerWaits;

    /// <param name="content">Where the answer goes, which is disposed of here.</param>
    public IncomingConversion(
        XConnection connection,
        AbandonedQuestions abandoned,
        nint target,
        nint time,
        ReceivedContent content,
        ClipboardTiming timing
    )
    {
        _connection = connection;
        _abandoned = abandoned;
        _content = content;
        _timing = timing;
        Window = connection.CreateWindow();
        Moved(0);
        connection.Convert(connection.Atoms.Clipboard, target, connection.Atoms.Incoming, Window, time);
    }

    public nint Window { get; }

    public ConversionOutcome? Outcome { get; private set; }

    /// <summary>All of the answer came, and may still be on its way to where it belongs.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The type of the answer; meaningful once <see cref="ConversionOutcome.Answered"/>.</summary>
    public nint Type { get; private set; }

    public int Format { get; private set; }

    /// <summary>The answer, once <see cref="ConversionOutcome.Answered"/>.</summary>
    public ReceivedContent Content => _content;

    /// <summary>Of the owner; while it has to wait for us, of our disk.</summary>
    public TimeSpan Deadline => _stall < _end && !_pieceWaits && !IsComplete ? _stall : _end;

    public void Handle(in XSelectionEvent notify)
    {
        if (Outcome is not null || _receiving)
        {
            return;
        }
        _ownerWaits = true;
        if (notify.Property == 0)
        {
            Outcome = ConversionOutcome.Refused;
            return;
        }
        using var property = _connection.ReadProperty(Window, _connection.Atoms.Incoming, Limits.CopiedContent);
        if (property.Type == 0)
        {
            Outcome = ConversionOutcome.Refused;
            return;
        }
        if (property.Type == _connection.Atoms.Incremental)
        {
            // The value is a lower bound of the size; a lie is found out while receiving.
            var least =
                property.Format == 32 && property.Bytes.Count >= sizeof(int)
                    ? BitConverter.ToUInt32(property.Bytes)
                    : 0;
            if (least > _content.Limit)
            {
                Outcome = ConversionOutcome.TooLarge;
                return;
            }
            _receiving = true;
            Moved(0);
            // Deleting the property starts the transfer.
            GoOn();
            return;
        }
        if (TryTake(property))
        {
            End(property);
        }
    }

    public void Handle(in XPropertyEvent changed)
    {
        if (
            Outcome is null
            && _receiving
            && changed.State == Xlib.PropertyNewValue
            && changed.Atom == _connection.Atoms.Incoming
        )
        {
            _ownerWaits = true;
            TakePiece();
        }
    }

    /// <summary>There may be room for a piece that had to wait, or all of it may be where it belongs.</summary>
    public void HandleRoom()
    {
        if (_pieceWaits && Outcome is null && _content.IsReady)
        {
            TakePiece();
        }
        if (IsComplete && Outcome is null && _content.IsSettled)
        {
            Outcome = _content.Failure ?? ConversionOutcome.Answered;
        }
    }

    public void HandleTimeout()
    {
        if (Outcome is null && _timing.Now >= Deadline)
        {
            Outcome = ConversionOutcome.TimedOut;
        }
    }

    public void Dispose()
    {
        if (_ownerWaits)
        {
            _connection.DestroyWindow(Window);
        }
        else
        {
            _abandoned.Keep(Window, _receiving);
        }
        _content.Dispose();
    }

    private void TakePiece()
    {
        // Its owner goes on when the property is gone: until then it waits.
        _pieceWaits = !_content.IsReady;
        if (_pieceWaits)
        {
            return;
        }
        using var property = _connection.ReadProperty(Window, _connection.Atoms.Incoming, Limits.CopiedContent);
        if (property.Type == 0)
        {
            // An event from before our deletion: the next one brings the piece.
            _ownerWaits = false;
        }
        else if (property.Size == 0)
        {
            // §2.7.2: a piece of no length is the end.
            End(property with { Type = Type == 0 ? property.Type : Type });
        }
        else if (TryTake(property))
        {
            Type = property.Type;
            GoOn();
        }
    }

    private bool TryTake(in XProperty property)
    {
        if (property.Size > 0 && property.Bytes.Count == 0)
        {
            Outcome = ConversionOutcome.TooLarge;
            return false;
        }
        if (property.Type == Xlib.AtomString)
        {
            // Latin-1, whatever was asked for.
            _content.StaysInMemory();
        }
        var before = _content.Length;
        _content.Write(property.Bytes);
        Outcome = _content.Failure;
        Moved(before);
        return Outcome is null;
    }

    private void GoOn()
    {
        _ownerWaits = false;
        _connection.DeleteProperty(Window, _connection.Atoms.Incoming);
    }

    /// <summary>Something came: the time for it begins again; that for all of it with each that fits into memory.</summary>
    private void Moved(long before)
    {
        _stall = _timing.Now + _timing.Progress;
        if (before == 0 || before / Limits.CopiedContent < _content.Length / Limits.CopiedContent)
        {
            _end = _timing.Now + _timing.Conversion;
        }
    }

    private void End(in XProperty property)
    {
        (Type, Format) = (property.Type, property.Format);
        _content.Complete();
        IsComplete = true;
        _end = _timing.Now + _content.TimeToSettle(_timing.Conversion);
        _connection.DeleteProperty(Window, _connection.Atoms.Incoming);
        HandleRoom();
    }
}
