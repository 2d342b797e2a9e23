namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// The INCR transfers under way, each on its own: a requestor that stalls or vanishes costs its own transfer only.
/// </summary>
internal sealed class OutgoingTransfers(XConnection connection, ClipboardTiming timing)
{
    /// <summary>More programs do not paste at once; each holds at most the bytes of one content.</summary>
    private const int Capacity = 64;

    private readonly Dictionary<(nint Requestor, nint Property), OutgoingTransfer> _running = [];

    public TimeSpan? Deadline => _running.Count == 0 ? null : _running.Values.Min(transfer => transfer.Deadline);

    public bool IsEmpty => _running.Count == 0;

    /// <summary>Announces the size; the requestor starts the transfer by deleting the property.</summary>
    public bool TryBegin(nint requestor, nint property, nint type, ReadOnlyMemory<byte> bytes)
    {
        if (_running.Count >= Capacity && !_running.ContainsKey((requestor, property)))
        {
            return false;
        }
        // Before the property is written, or its deletion could be missed.
        connection.Watch(requestor, true);
        connection.WriteLongs(requestor, property, connection.Atoms.Incremental, [bytes.Length]);
        _running[(requestor, property)] = new(requestor, property, type, bytes, timing.Now + timing.Progress);
        return true;
    }

    public void Handle(in XPropertyEvent changed)
    {
        if (
            changed.State == Xlib.PropertyDeleted
            && _running.TryGetValue((changed.Window, changed.Atom), out var transfer)
        )
        {
            transfer.SendNext(connection, timing.Now + timing.Progress);
            if (transfer.IsDone)
            {
                End(transfer);
            }
        }
    }

    public void HandleGone(nint requestor)
    {
        foreach (var key in _running.Keys.Where(key => key.Requestor == requestor).ToList())
        {
            _running.Remove(key);
        }
    }

    public void HandleTimeout()
    {
        var now = timing.Now;
        foreach (var transfer in _running.Values.Where(transfer => now >= transfer.Deadline).ToList())
        {
            End(transfer);
        }
    }

    private void End(OutgoingTransfer transfer)
    {
        _running.Remove((transfer.Requestor, transfer.Property));
        if (!_running.Keys.Any(key => key.Requestor == transfer.Requestor))
        {
            connection.Watch(transfer.Requestor, false);
        }
    }
}
