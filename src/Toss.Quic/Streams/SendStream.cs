namespace Toss.Quic.Streams;

/// <summary>RFC 9000 §3.1.</summary>
internal enum SendState
{
    Ready,
    Send,
    DataSent,
    ResetSent,
    DataReceived,
    ResetReceived,
}

/// <summary>The sending part of a stream.</summary>
internal sealed class SendStream
{
    private readonly SendBuffer _buffer;
    private readonly int _wakeRoom;
    private bool _wantsRoom;
    private bool _resetDue;

    public SendStream(BlockPool pool, int capacity, long limit)
    {
        _buffer = new SendBuffer(pool, capacity);
        _wakeRoom = Math.Max(1, capacity / 4);
        _ = Credit.Raise(limit);
    }

    public SendState State { get; private set; }

    /// <summary>The stream's own flow control.</summary>
    public Allowance Credit { get; } = new();

    public long ResetCode { get; private set; }

    public bool IsDone => State is SendState.DataReceived or SendState.ResetReceived;

    public bool HasControl => _resetDue || (Credit.IsBlockedDue && _buffer.HasNew);

    public bool HasWork => _buffer.HasWork;

    public bool HasLost => _buffer.HasLost;

    public bool HasNew => _buffer.HasNew;

    public long NextOffset => _buffer.NextOffset;

    private bool IsOpen => State is SendState.Ready or SendState.Send && !_buffer.IsFinished;

    /// <returns>How many bytes were taken; -1 if the stream takes none any more.</returns>
    public int Write(ReadOnlySpan<byte> data, bool fin)
    {
        if (!IsOpen)
        {
            return -1;
        }
        var taken = _buffer.Append(data);
        _wantsRoom = taken < data.Length;
        if (fin && !_wantsRoom)
        {
            _buffer.Finish();
        }
        return taken;
    }

    /// <summary>Gives up what was not sent. False if there is nothing to give up.</summary>
    public bool Reset(long code)
    {
        if (State is not (SendState.Ready or SendState.Send or SendState.DataSent))
        {
            return false;
        }
        State = SendState.ResetSent;
        ResetCode = code;
        _resetDue = true;
        _wantsRoom = false;
        _buffer.Drop();
        Credit.Forget();
        return true;
    }

    /// <summary>The next piece to be sent, within both credits.</summary>
    public bool TryTake(int maxLength, Allowance connection, out SendChunk chunk)
    {
        var before = _buffer.Next;
        if (!_buffer.TryTake(maxLength, Math.Min(Credit.Available, connection.Available), out chunk))
        {
            return false;
        }
        var fresh = _buffer.Next - before;
        Credit.Use(fresh);
        connection.Use(fresh);
        if (State is SendState.Ready or SendState.Send)
        {
            State = _buffer.IsAllSent ? SendState.DataSent : SendState.Send;
        }
        return true;
    }

    public void Read(long offset, Span<byte> into) => _buffer.Read(offset, into);

    public StreamFrame TakeControl(long id)
    {
        if (!_resetDue)
        {
            return new StreamFrame(StreamFrameKind.StreamDataBlocked, id, Credit.TakeBlocked());
        }
        _resetDue = false;
        return new StreamFrame(StreamFrameKind.ResetStream, id, _buffer.Next, Code: ResetCode);
    }

    /// <summary>What <see cref="TakeControl"/> would give.</summary>
    public StreamFrame PeekControl(long id) =>
        _resetDue
            ? new StreamFrame(StreamFrameKind.ResetStream, id, _buffer.Next, Code: ResetCode)
            : new StreamFrame(StreamFrameKind.StreamDataBlocked, id, Credit.Limit);

    /// <returns>What became true by this: <see cref="StreamEvents.Writable"/>, <see cref="StreamEvents.Acknowledged"/>.</returns>
    public StreamEvents OnAcked(in StreamFrame frame)
    {
        if (State is SendState.ResetSent or SendState.ResetReceived)
        {
            return StreamEvents.None;
        }
        _buffer.Acked(frame.Value, frame.Length, frame.Fin);
        if (State == SendState.DataSent && _buffer.IsAllAcked)
        {
            State = SendState.DataReceived;
            return StreamEvents.Acknowledged;
        }
        if (!_wantsRoom || _buffer.Room < _wakeRoom)
        {
            return StreamEvents.None;
        }
        _wantsRoom = false;
        return StreamEvents.Writable;
    }

    public void OnLost(in StreamFrame frame)
    {
        if (State is SendState.Send or SendState.DataSent)
        {
            _buffer.Lost(frame.Value, frame.Length, frame.Fin);
        }
    }

    public void OnResetAcked()
    {
        if (State == SendState.ResetSent)
        {
            (State, _resetDue) = (SendState.ResetReceived, false);
        }
    }

    public void OnResetLost() => _resetDue |= State == SendState.ResetSent;
}
