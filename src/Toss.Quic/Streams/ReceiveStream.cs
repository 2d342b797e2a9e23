namespace Toss.Quic.Streams;

/// <summary>RFC 9000 §3.2.</summary>
internal enum ReceiveState
{
    Receive,
    SizeKnown,
    DataReceived,
    ResetReceived,
    DataRead,
    ResetRead,
}

/// <summary>What a read gave.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="IsEnd">Nothing will follow: the end, or a reset.</param>
/// <param name="IsReset">The peer gave up, or we did; <paramref name="Code"/> is why.</param>
internal readonly record struct StreamRead(int Length, bool IsEnd, bool IsReset = false, long Code = 0);

/// <summary>The receiving part of a stream. What it takes and consumes is counted at the connection too.</summary>
internal sealed class ReceiveStream(BlockPool pool, long window, Grant connection)
{
    private readonly ReceiveBuffer _buffer = new(pool);
    private bool _isStopped;
    private bool _stopDue;

    public ReceiveState State { get; private set; }

    public Grant Credit { get; } = new(window);

    /// <summary>The peer's, or our own after <see cref="Stop"/>.</summary>
    public long ResetCode { get; private set; }

    public long Readable => _buffer.Readable;

    public bool IsDone => State is ReceiveState.DataRead or ReceiveState.ResetRead;

    // RFC 9000 §4.1, §3.5: both frames are pointless once the size is known.
    public bool HasControl => State == ReceiveState.Receive && (_stopDue || (!_isStopped && Credit.IsUpdateDue));

    public TransportErrorCode OnData(long offset, ReadOnlySpan<byte> data, bool fin, out StreamEvents events)
    {
        events = StreamEvents.None;
        var end = offset + data.Length;
        if (Check(end, fin) is var error and not TransportErrorCode.NoError)
        {
            return error;
        }
        if (State is not (ReceiveState.Receive or ReceiveState.SizeKnown))
        {
            return TransportErrorCode.NoError;
        }
        Use(end, fin);
        if (_isStopped)
        {
            Discard();
            State = fin ? ReceiveState.ResetRead : State;
            return TransportErrorCode.NoError;
        }
        var readable = _buffer.Readable;
        var was = State;
        error = _buffer.Insert(offset, data);
        if (_buffer.FinalSize >= 0)
        {
            State = _buffer.IsWhole ? ReceiveState.DataReceived : ReceiveState.SizeKnown;
        }
        if (_buffer.Readable > readable || (State != was && State == ReceiveState.DataReceived))
        {
            events = StreamEvents.Readable;
        }
        return error;
    }

    public TransportErrorCode OnReset(long code, long finalSize, out StreamEvents events)
    {
        events = StreamEvents.None;
        if (Check(finalSize, fin: true) is var error and not TransportErrorCode.NoError)
        {
            return error;
        }
        // With all data here the reset comes too late to matter.
        if (State is not (ReceiveState.Receive or ReceiveState.SizeKnown))
        {
            return TransportErrorCode.NoError;
        }
        Use(finalSize, fin: true);
        Discard();
        if (_isStopped)
        {
            State = ReceiveState.ResetRead;
            return TransportErrorCode.NoError;
        }
        (State, ResetCode) = (ReceiveState.ResetReceived, code);
        events = StreamEvents.Reset;
        return TransportErrorCode.NoError;
    }

    public StreamRead Read(Span<byte> into)
    {
        if (_isStopped || State is ReceiveState.ResetReceived or ReceiveState.ResetRead)
        {
            State = State == ReceiveState.ResetReceived ? ReceiveState.ResetRead : State;
            return new StreamRead(0, IsEnd: true, IsReset: true, ResetCode);
        }
        var length = _buffer.Read(into);
        Credit.Consume(length);
        connection.Consume(length);
        if (State == ReceiveState.DataReceived && _buffer.IsRead)
        {
            State = ReceiveState.DataRead;
        }
        return new StreamRead(length, State == ReceiveState.DataRead);
    }

    /// <summary>The reader wants no more: asks the peer to stop (RFC 9000 §3.5), and discards what still comes.</summary>
    public void Stop(long code)
    {
        if (_isStopped || IsDone)
        {
            return;
        }
        _isStopped = true;
        if (State == ReceiveState.Receive)
        {
            (_stopDue, ResetCode) = (true, code);
        }
        else
        {
            State = ReceiveState.ResetRead;
        }
        Discard();
    }

    public StreamFrame PeekControl(long id) =>
        _stopDue
            ? new StreamFrame(StreamFrameKind.StopSending, id, 0, Code: ResetCode)
            : new StreamFrame(StreamFrameKind.MaxStreamData, id, Credit.Limit + window);

    public StreamFrame TakeControl(long id)
    {
        if (!_stopDue)
        {
            return new StreamFrame(StreamFrameKind.MaxStreamData, id, Credit.TakeUpdate());
        }
        _stopDue = false;
        return new StreamFrame(StreamFrameKind.StopSending, id, 0, Code: ResetCode);
    }

    public void OnStopLost() => _stopDue |= _isStopped;

    private TransportErrorCode Check(long end, bool fin)
    {
        if (_buffer.CheckSize(end, fin) is var error and not TransportErrorCode.NoError)
        {
            return error;
        }
        var more = Math.Max(0, end - _buffer.Highest);
        return Credit.Allows(more) && connection.Allows(more)
            ? TransportErrorCode.NoError
            : TransportErrorCode.FlowControlError;
    }

    private void Use(long end, bool fin)
    {
        var more = Math.Max(0, end - _buffer.Highest);
        Credit.Use(more);
        connection.Use(more);
        _buffer.Note(end, fin);
    }

    // RFC 9000 §4.5: what will never be read is the connection's credit again.
    private void Discard()
    {
        var unread = _buffer.Drop();
        Credit.Consume(unread);
        connection.Consume(unread);
    }
}
