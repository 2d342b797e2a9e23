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

    // Nothing of their content is here yet.
    private readonly List<PromisedAnswer> _unanswered = [];

    public TimeSpan? Deadline =>
        IsEmpty
            ? null
            : _running
                .Values.Select(transfer => transfer.Deadline)
                .Concat(_unanswered.Select(answer => answer.Until))
                .Min();

    public bool IsEmpty => _running.Count == 0 && _unanswered.Count == 0;

    /// <summary>Announces the size; the requestor starts the transfer by deleting the property.</summary>
    public bool TryBegin(nint requestor, nint property, nint type, ReadOnlyMemory<byte> bytes)
    {
        if (!HasRoomFor(requestor, property))
        {
            return false;
        }
        Begin(bytes.Length, new(requestor, property, type, bytes, timing.Now + timing.Progress));
        return true;
    }

    /// <summary>
    /// The same for what is promised; the request is answered later, when the first piece is here or the content will not come.
    /// False if there is no room, and then it is not answered.
    /// </summary>
    /// <param name="program">Who asks.</param>
    public bool TryBegin(
        in XSelectionRequestEvent request,
        nint property,
        nint type,
        Core.Clips.IPromise promise,
        string? program
    )
    {
        if (!HasRoomFor(request.Requestor, property))
        {
            return false;
        }
        // A requestor that leaves is noticed meanwhile.
        connection.Watch(request.Requestor, true);
        var reading = new PromiseReading(promise, program, wake);
        _unanswered.Add(new(request, property, type, LeastOf(promise), reading, timing.Now + timing.FirstPiece));
        return true;
    }

    /// <summary>The same for one of several formats that are asked for in one request, which is answered at once.</summary>
    public bool TryBegin(nint requestor, nint property, nint type, Core.Clips.IPromise promise, string? program)
    {
        if (!HasRoomFor(requestor, property))
        {
            return false;
        }
        var reading = new PromiseReading(promise, program, wake);
        Begin(LeastOf(promise), new(requestor, property, type, reading, timing.Now + timing.Progress));
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
        for (var i = _unanswered.Count - 1; i >= 0; i--)
        {
            AnswerIfKnown(_unanswered[i]);
        }
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
        foreach (var answer in _unanswered.Where(answer => answer.Requestor == requestor).ToList())
        {
            _unanswered.Remove(answer);
            answer.Reading.Dispose();
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
        _unanswered.ForEach(answer => answer.Reading.Dispose());
        _unanswered.Clear();
    }

    /// <summary>Of what nobody knows the size of: something.</summary>
    private static long LeastOf(Core.Clips.IPromise promise) => promise.Size ?? 1;

    private bool HasRoomFor(nint requestor, nint property) =>
        _running.Count + _unanswered.Count < Capacity || _running.ContainsKey((requestor, property));

    private void AnswerIfKnown(PromisedAnswer answer)
    {
        if (answer.Reading.HasFailed)
        {
            _unanswered.Remove(answer);
            answer.Reading.Dispose();
            answer.Send(connection, isGiven: false);
            Unwatch(answer.Requestor);
        }
        else if (answer.Reading.IsReady || timing.Now >= answer.Until)
        {
            _unanswered.Remove(answer);
            var deadline = timing.Now + timing.Progress;
            Begin(answer.Size, new(answer.Requestor, answer.Property, answer.Type, answer.Reading, deadline));
            answer.Send(connection, isGiven: true);
        }
    }

    private void Begin(long size, OutgoingTransfer transfer)
    {
        // Before the property is written, or its deletion could be missed.
        connection.Watch(transfer.Requestor, true);
        // A lower bound in 32 bits: larger content says that there is more than fits into them.
        connection.WriteLongs(
            transfer.Requestor,
            transfer.Property,
            connection.Atoms.Incremental,
            [(nint)Math.Min(size, int.MaxValue)]
        );
        if (_running.Remove((transfer.Requestor, transfer.Property), out var before))
        {
            before.Dispose();
        }
        _running[(transfer.Requestor, transfer.Property)] = transfer;
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
        Unwatch(transfer.Requestor);
    }

    private void Unwatch(nint requestor)
    {
        if (
            !_running.Keys.Any(key => key.Requestor == requestor)
            && !_unanswered.Exists(answer => answer.Requestor == requestor)
        )
        {
            connection.Watch(requestor, false);
        }
    }
}
