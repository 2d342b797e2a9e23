using Toss.Quic.Wire;

namespace Toss.Quic.Streams;

// What the peer sends: each method takes a frame and returns an error code of the transport, or zero.
internal sealed partial class StreamSet
{
    // RFC 9000 §4.6: ids would not fit a variable-length integer beyond.
    private const long MaxStreams = 1L << 60;

    /// <summary>RFC 9000 §19.8.</summary>
    public TransportErrorCode OnStream(long id, long offset, ReadOnlySpan<byte> data, bool fin)
    {
        if (data.Length > VarInt.Maximum - offset)
        {
            return TransportErrorCode.FrameEncodingError;
        }
        var error = Find(id, receiving: true, out var entry);
        if (entry is null)
        {
            return error;
        }
        error = entry.Receive!.OnData(offset, data, fin, out var events);
        return Received(entry, events, error);
    }

    /// <summary>RFC 9000 §19.4.</summary>
    public TransportErrorCode OnResetStream(long id, long code, long finalSize)
    {
        var error = Find(id, receiving: true, out var entry);
        if (entry is null)
        {
            return error;
        }
        error = entry.Receive!.OnReset(code, finalSize, out var events);
        return Received(entry, events, error);
    }

    /// <summary>RFC 9000 §19.13: only news for who debugs; we grant by consumption.</summary>
    public TransportErrorCode OnStreamDataBlocked(long id) => Find(id, receiving: true, out _);

    /// <summary>RFC 9000 §19.5, §3.5: answered with a reset by the same code.</summary>
    public TransportErrorCode OnStopSending(long id, long code)
    {
        var error = Find(id, receiving: false, out var entry);
        if (entry is null)
        {
            return error;
        }
        if (entry.Send!.Reset(code))
        {
            entry.StopCode = code;
            Raise(entry, StreamEvents.Stopped);
            Control(entry);
        }
        return TransportErrorCode.NoError;
    }

    /// <summary>RFC 9000 §19.10.</summary>
    public TransportErrorCode OnMaxStreamData(long id, long limit)
    {
        var error = Find(id, receiving: false, out var entry);
        if (entry is null)
        {
            return error;
        }
        if (entry.Send!.Credit.Raise(limit))
        {
            _schedule.Add(entry);
        }
        return TransportErrorCode.NoError;
    }

    /// <summary>RFC 9000 §19.9.</summary>
    public void OnMaxData(long limit)
    {
        if (_allowed.Raise(limit))
        {
            _schedule.Resume();
        }
    }

    /// <summary>RFC 9000 §19.11.</summary>
    public TransportErrorCode OnMaxStreams(bool unidirectional, long limit)
    {
        if (limit > MaxStreams)
        {
            return TransportErrorCode.FrameEncodingError;
        }
        _ = _allowedStreams[unidirectional].Raise(limit);
        return TransportErrorCode.NoError;
    }

    /// <summary>RFC 9000 §19.14.</summary>
    public static TransportErrorCode OnStreamsBlocked(long limit) =>
        limit > MaxStreams ? TransportErrorCode.FrameEncodingError : TransportErrorCode.NoError;

    private TransportErrorCode Received(StreamEntry entry, StreamEvents events, TransportErrorCode error)
    {
        Raise(entry, events);
        Control(entry);
        Retire(entry);
        return error;
    }

    /// <summary>
    /// The stream a frame is about. One of the peer's is opened by that, with all before it (RFC 9000 §3.2); one that is
    /// done is null, and frames for it come too late to matter.
    /// </summary>
    private TransportErrorCode Find(long id, bool receiving, out StreamEntry? entry)
    {
        var isOurs = StreamId.IsOfServer(id) == _isServer;
        var unidirectional = StreamId.IsUnidirectional(id);
        // RFC 9000 §19.4 and on: a part that this stream does not have.
        if (unidirectional && isOurs == receiving)
        {
            entry = null;
            return TransportErrorCode.StreamStateError;
        }
        if (_streams.TryGetValue(id, out entry))
        {
            return TransportErrorCode.NoError;
        }
        var number = StreamId.Number(id);
        if (isOurs)
        {
            return number < _allowedStreams[unidirectional].Used
                ? TransportErrorCode.NoError
                : TransportErrorCode.StreamStateError;
        }
        var granted = _grantedStreams[unidirectional];
        if (number >= granted.Limit)
        {
            return TransportErrorCode.StreamLimitError;
        }
        while (granted.Used <= number)
        {
            entry = OpenPeers(StreamId.Of(granted.Used, !_isServer, unidirectional));
            granted.Use(1);
        }
        return TransportErrorCode.NoError;
    }

    private StreamEntry OpenPeers(long id)
    {
        var entry = StreamId.IsUnidirectional(id)
            ? new StreamEntry(id, null, NewReceive(_ours.Unidirectional))
            : new StreamEntry(id, NewSend(_peers.OwnBidirectional), NewReceive(_ours.PeerBidirectional));
        _streams.Add(id, entry);
        Raise(entry, StreamEvents.Opened);
        return entry;
    }
}
