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
    private readonly ClipboardTiming _timing;
    private readonly long _limit;
    private readonly TimeSpan _end;
    private readonly MemoryStream _received = new();

    // Or has ended: it writes nothing to the window before we go on.
    private bool _ownerWaits;
    private bool _receiving;
    private nint _type;
    private TimeSpan _stall;

    public IncomingConversion(
        XConnection connection,
        AbandonedQuestions abandoned,
        nint target,
        nint time,
        long limit,
        ClipboardTiming timing
    )
    {
        _connection = connection;
        _abandoned = abandoned;
        _timing = timing;
        _limit = limit;
        Window = connection.CreateWindow();
        _end = timing.Now + timing.Conversion;
        Moved();
        connection.Convert(connection.Atoms.Clipboard, target, connection.Atoms.Incoming, Window, time);
    }

    public nint Window { get; }

    public ConversionOutcome? Outcome { get; private set; }

    /// <summary>The type of the answer; meaningful once <see cref="ConversionOutcome.Answered"/>.</summary>
    public nint Type => _type;

    public int Format { get; private set; }

    public byte[] Answer { get; private set; } = [];

    public TimeSpan Deadline => _stall < _end ? _stall : _end;

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
        var property = _connection.ReadProperty(Window, _connection.Atoms.Incoming, _limit);
        if (property.Bytes is null || property.Type == 0)
        {
            Outcome = ConversionOutcome.Refused;
            return;
        }
        if (property.Type == _connection.Atoms.Incremental)
        {
            // The value is a lower bound of the size; a lie is found out while receiving.
            var least =
                property.Format == 32 && property.Bytes.Length >= sizeof(int)
                    ? BitConverter.ToUInt32(property.Bytes)
                    : 0;
            if (least > _limit)
            {
                Outcome = ConversionOutcome.TooLarge;
                return;
            }
            _receiving = true;
            Moved();
            // Deleting the property starts the transfer.
            _ownerWaits = false;
            _connection.DeleteProperty(Window, _connection.Atoms.Incoming);
            return;
        }
        End(property, property.Bytes);
    }

    public void Handle(in XPropertyEvent changed)
    {
        if (
            Outcome is not null
            || !_receiving
            || changed.State != Xlib.PropertyNewValue
            || changed.Atom != _connection.Atoms.Incoming
        )
        {
            return;
        }
        var property = _connection.ReadProperty(Window, _connection.Atoms.Incoming, _limit - _received.Length);
        if (property.Type == 0)
        {
            // An event from before our deletion: the next one brings the piece.
            return;
        }
        _ownerWaits = true;
        if (property.Size > 0 && property.Bytes is not { Length: > 0 })
        {
            Outcome = ConversionOutcome.TooLarge;
            return;
        }
        if (property.Size == 0)
        {
            // §2.7.2: a piece of no length is the end.
            End(property with { Type = _type == 0 ? property.Type : _type }, _received.ToArray());
            return;
        }
        _type = property.Type;
        _received.Write(property.Bytes);
        Moved();
        _ownerWaits = false;
        _connection.DeleteProperty(Window, _connection.Atoms.Incoming);
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
        _received.Dispose();
    }

    private void Moved() => _stall = _timing.Now + _timing.Progress;

    private void End(XProperty property, byte[] bytes)
    {
        _type = property.Type;
        Format = property.Format;
        if (bytes.Length < property.Size)
        {
            Outcome = ConversionOutcome.TooLarge;
            return;
        }
        Answer = bytes;
        Outcome = ConversionOutcome.Answered;
        _connection.DeleteProperty(Window, _connection.Atoms.Incoming);
    }
}
