namespace Toss.Quic.Streams;

// What we send, and what became of it (RFC 9000 §13.3).
internal sealed partial class StreamSet
{
    // A type and one variable-length integer.
    private const int MaxConnectionFrame = 9;

    /// <summary>
    /// Whether <see cref="TryNext"/> is worth asking. False is certain; true may turn out to be a stream without credit.
    /// </summary>
    public bool HasPending => HasConnectionFrame || _control.Count > 0 || _schedule.TryPeek(out _);

    private bool HasConnectionFrame =>
        _granted.IsUpdateDue
        || _grantedStreams.Bidirectional.IsUpdateDue
        || _grantedStreams.Unidirectional.IsUpdateDue
        || _allowed.IsBlockedDue
        || _allowedStreams.Bidirectional.IsBlockedDue
        || _allowedStreams.Unidirectional.IsBlockedDue;

    /// <summary>
    /// The next frame to be sent, at most <paramref name="room"/> bytes long as <see cref="StreamFrame.EncodedLength"/>
    /// counts, and from now on on its way. The data of a STREAM frame is copied by <see cref="CopyData"/>.
    /// </summary>
    public bool TryNext(int room, out StreamFrame frame)
    {
        while (true)
        {
            if (HasConnectionFrame)
            {
                frame = room < MaxConnectionFrame ? default : TakeConnectionFrame();
                return room >= MaxConnectionFrame;
            }
            if (TryControl(room, out frame, out var fits))
            {
                return fits;
            }
            if (!_schedule.TryPeek(out var entry))
            {
                return false;
            }
            if (IsHeldUp(entry))
            {
                // A BLOCKED frame may be due now.
                continue;
            }
            var send = entry.Send!;
            var length = Math.Min(room - StreamFrame.HeaderLength(entry.Id, send.NextOffset), StreamFrame.MaxLength);
            if (length < 0 || !send.TryTake(length, _allowed, out var chunk))
            {
                return false;
            }
            _schedule.Turn(entry);
            frame = new StreamFrame(StreamFrameKind.Stream, entry.Id, chunk.Offset, chunk.Length, chunk.Fin);
            return true;
        }
    }

    /// <summary>Copies the data of a frame that <see cref="TryNext"/> gave just now; exactly its length.</summary>
    public void CopyData(in StreamFrame frame, Span<byte> into)
    {
        if (frame.Length > 0)
        {
            _streams[frame.Id].Send!.Read(frame.Value, into[..frame.Length]);
        }
    }

    /// <summary>The packet with this frame was acknowledged.</summary>
    public void OnAcked(in StreamFrame frame)
    {
        if (!_streams.TryGetValue(frame.Id, out var entry) || entry.Send is null)
        {
            return;
        }
        if (frame.Kind == StreamFrameKind.Stream)
        {
            Raise(entry, entry.Send.OnAcked(frame));
            Retire(entry);
        }
        else if (frame.Kind == StreamFrameKind.ResetStream)
        {
            entry.Send.OnResetAcked();
            Retire(entry);
        }
    }

    /// <summary>The packet with this frame was lost; what of it still matters will be sent again.</summary>
    public void OnLost(in StreamFrame frame)
    {
        switch (frame.Kind)
        {
            case StreamFrameKind.MaxData:
                _granted.OnLost(frame.Value);
                break;
            case StreamFrameKind.MaxStreamsBidirectional:
                _grantedStreams.Bidirectional.OnLost(frame.Value);
                break;
            case StreamFrameKind.MaxStreamsUnidirectional:
                _grantedStreams.Unidirectional.OnLost(frame.Value);
                break;
            case StreamFrameKind.DataBlocked:
                _allowed.OnLost(frame.Value);
                break;
            case StreamFrameKind.StreamsBlockedBidirectional:
                _allowedStreams.Bidirectional.OnLost(frame.Value);
                break;
            case StreamFrameKind.StreamsBlockedUnidirectional:
                _allowedStreams.Unidirectional.OnLost(frame.Value);
                break;
            default:
                if (_streams.TryGetValue(frame.Id, out var entry))
                {
                    OnLost(entry, frame);
                }
                break;
        }
    }

    private void OnLost(StreamEntry entry, in StreamFrame frame)
    {
        switch (frame.Kind)
        {
            case StreamFrameKind.Stream:
                entry.Send!.OnLost(frame);
                _schedule.Hurry(entry);
                break;
            case StreamFrameKind.ResetStream:
                entry.Send!.OnResetLost();
                break;
            case StreamFrameKind.StopSending:
                entry.Receive!.OnStopLost();
                break;
            case StreamFrameKind.MaxStreamData:
                entry.Receive!.Credit.OnLost(frame.Value);
                break;
            case StreamFrameKind.StreamDataBlocked:
                entry.Send!.Credit.OnLost(frame.Value);
                break;
            default:
                break;
        }
        Control(entry);
    }

    private StreamFrame TakeConnectionFrame()
    {
        if (_granted.IsUpdateDue)
        {
            return new StreamFrame(StreamFrameKind.MaxData, 0, _granted.TakeUpdate());
        }
        if (_grantedStreams.Bidirectional.IsUpdateDue)
        {
            var limit = _grantedStreams.Bidirectional.TakeUpdate();
            return new StreamFrame(StreamFrameKind.MaxStreamsBidirectional, 0, limit);
        }
        if (_grantedStreams.Unidirectional.IsUpdateDue)
        {
            var limit = _grantedStreams.Unidirectional.TakeUpdate();
            return new StreamFrame(StreamFrameKind.MaxStreamsUnidirectional, 0, limit);
        }
        if (_allowed.IsBlockedDue)
        {
            return new StreamFrame(StreamFrameKind.DataBlocked, 0, _allowed.TakeBlocked());
        }
        return _allowedStreams.Bidirectional.IsBlockedDue
            ? new StreamFrame(
                StreamFrameKind.StreamsBlockedBidirectional,
                0,
                _allowedStreams.Bidirectional.TakeBlocked()
            )
            : new StreamFrame(
                StreamFrameKind.StreamsBlockedUnidirectional,
                0,
                _allowedStreams.Unidirectional.TakeBlocked()
            );
    }

    /// <summary>A stream's next frame without data. True if there is one, whether or not it fits.</summary>
    private bool TryControl(int room, out StreamFrame frame, out bool fits)
    {
        SkipControl();
        if (_control.TryPeek(out var entry))
        {
            var sends = entry.Send is { HasControl: true };
            frame = sends ? entry.Send!.PeekControl(entry.Id) : entry.Receive!.PeekControl(entry.Id);
            fits = frame.EncodedLength <= room;
            if (fits)
            {
                frame = sends ? entry.Send!.TakeControl(entry.Id) : entry.Receive!.TakeControl(entry.Id);
                SkipControl();
            }
            return true;
        }
        (frame, fits) = (default, false);
        return false;
    }

    /// <summary>Leaves a stream that has such a frame in front, if there is one.</summary>
    private void SkipControl()
    {
        while (_control.TryPeek(out var entry) && !entry.HasControl)
        {
            _ = _control.Dequeue();
            entry.IsInControl = false;
        }
    }

    /// <summary>Whether the next stream has nothing it may send now; it then waits elsewhere.</summary>
    private bool IsHeldUp(StreamEntry entry)
    {
        var send = entry.Send!;
        if (send.HasLost || !send.HasNew)
        {
            return false;
        }
        if (send.Credit.Available <= 0)
        {
            send.Credit.Blocked();
            Control(entry);
            _schedule.Park(entry);
            return true;
        }
        if (_allowed.Available <= 0)
        {
            _allowed.Blocked();
            _schedule.Wait(entry);
            return true;
        }
        return false;
    }
}
