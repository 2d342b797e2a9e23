namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// The INCR transfers under way, each on its own: a requestor that stalls or vanishes costs its own transfer only.
/// </summary>
/// <param name="wake">Ends the wait of the clipboard's thread, from any thread.</param>
internal sealed class OutgoingTransfers(XConnection connection, ClipboardTiming timing, Action wake) : IDisposable
{
    /// <summary>More programs do not paste at once; each holds at most the bytes of one content.</summary>
    private const int Capacity = 64;

    private readonly Dictionary<(nint Requestor, nint Property), OutgoingTransfer> _running = [];

    public TimeSpan? Deadline => _running.Count == 0 ? null : _running.Values.Min(transfer => transfer.Deadline);

    public bool IsEmpty => _running.Count == 0;

    /// <summary>Announces the size; the requestor starts the transfer by deleting the property.</summary>
    /// <param name="program">Who asks, for what is promised.</param>
    public bool TryBegin(nint requestor, nint property, nint type, ServedContent content, string? program)
    {
        if (_running.Count >= Capacity && !_running.ContainsKey((requestor, property)))
        {
            return false;
        }
        // Before the property is written, or its deletion could be missed.
        connection.Watch(requestor, true);
        // A lower bound in 32 bits: larger content says that there is more than fits into them.
        connection.WriteLongs(
            requestor,
            property,
            connection.Atoms.Incremental,
            [(nint)Math.Min(content.Size, int.MaxValue)]
        );
        if (_running.Remove((requestor, property), out var before))
        {
            before.Dispose();
        }
        var deadline = timing.Now + timing.Progress;
        _running[(requestor, property)] = content.Promise is { } promise
            ? new(requestor, property, type, new PromiseReading(promise, program, wake), deadline)
            : new(requestor, property, type, content.Bytes, deadline);
        return true;
    }

    public void Handle(in XPropertyEvent changed)
    {
        if (
            changed.State == Xlib.PropertyDeleted
            && _running.TryGetValue((changed.Window, changed.Atom), out var transfer)
        )
        {
            transfer.SendNext(connection, timing.Now + timing.Progress, timing.Now + timing.Promise);
            EndIfOver(transfer);
        }
    }

    /// <summary>Something of what is promised may have come, or will not come.</summary>
    public void HandlePromises()
    {
        foreach (var transfer in _running.Count == 0 ? [] : _running.Values.ToList())
        {
            transfer.SendWhatCame(connection, timing.Now + timing.Progress);
            EndIfOver(transfer);
        }
    }

    public void HandleGone(nint requestor)
    {
        foreach (var key in _running.Keys.Where(key => key.Requestor == requestor).ToList())
        {
            _ = _running.Remove(key, out var gone);
            gone!.Dispose();
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

    public void Dispose()
    {
        foreach (var transfer in _running.Values)
        {
            transfer.Dispose();
        }
        _running.Clear();
    }

    private void EndIfOver(OutgoingTransfer transfer)
    {
        if (transfer.IsDone || transfer.HasFailed)
        {
            End(transfer);
        }
    }

    private void End(OutgoingTransfer transfer)
    {
        _running.Remove((transfer.Requestor, transfer.Property));
        transfer.Dispose();
        if (!_running.Keys.Any(key => key.Requestor == transfer.Requestor))
        {
            connection.Watch(transfer.Requestor, false);
        }
    }
}
