namespace Toss.Quic.Wire;

/// <summary>
/// The frames of a decrypted packet, one after another. At its end <see cref="Error"/> is NO_ERROR, or what the
/// connection is to be closed with (RFC 9000 §12.4, §19).
/// </summary>
internal ref struct FrameReader(ReadOnlySpan<byte> payload, FrameRules rules)
{
    private const long MaximumStreams = 1L << 60;
    private const int ResetTokenSize = 16;
    private const int PathDataSize = 8;

    private readonly bool _isEmpty = payload.IsEmpty;
    private SpanReader _reader = new(payload);

    public TransportErrorCode Error { get; private set; }

    /// <summary>The type on the wire of the last frame begun: what CONNECTION_CLOSE names.</summary>
    public long WireType { get; private set; }

    /// <summary>False at the end or at an error; then and after it nothing more is read.</summary>
    public bool TryRead(out Frame frame)
    {
        // A frame has 200 bytes: cleared once, copied once.
        Frame read = default;
        if (Error == TransportErrorCode.NoError && _reader.Left > 0)
        {
            Error = Read(ref read);
            if (Error == TransportErrorCode.NoError)
            {
                frame = read;
                return true;
            }
        }
        // §12.4: a packet without frames is a violation too.
        Error = _isEmpty ? TransportErrorCode.ProtocolViolation : Error;
        frame = default;
        return false;
    }

    private TransportErrorCode Read(scoped ref Frame frame)
    {
        if (!_reader.TryReadVarInt(out var wireType, out var length))
        {
            return TransportErrorCode.FrameEncodingError;
        }
        WireType = wireType;
        var type = (FrameType)wireType;
        frame.Type = type switch
        {
            >= FrameType.Stream and <= FrameType.StreamLast => FrameType.Stream,
            FrameType.DatagramWithLength => FrameType.Datagram,
            _ => type,
        };
        // §12.4: a type stands in its shortest form, and an unknown one cannot be skipped.
        if (!IsKnown(frame.Type))
        {
            return TransportErrorCode.FrameEncodingError;
        }
        if (length != VarInt.Length(wireType) || !IsPermitted(frame.Type))
        {
            return TransportErrorCode.ProtocolViolation;
        }
        if (!ReadFields(ref frame, type))
        {
            return TransportErrorCode.FrameEncodingError;
        }
        // RFC 9221 §3: the limit counts the type and the length too.
        return
            frame.Type == FrameType.Datagram
            && length + DatagramLengthBytes(type, frame) + frame.Data.Length > rules.MaxDatagramFrameSize
            ? TransportErrorCode.ProtocolViolation
            : TransportErrorCode.NoError;
    }

    private static int DatagramLengthBytes(FrameType type, in Frame frame) =>
        type == FrameType.DatagramWithLength ? VarInt.Length(frame.Data.Length) : 0;

    private static bool IsKnown(FrameType type) =>
        type
            is <= FrameType.HandshakeDone
                or FrameType.Datagram
                or FrameType.ObservedAddressV4
                or FrameType.ObservedAddressV6;

    private readonly bool IsPermitted(FrameType type) =>
        FrameTypes.IsPermitted(type, rules.Packet)
        && type switch
        {
            // §19.7, §19.20: only servers send them.
            FrameType.NewToken or FrameType.HandshakeDone => !rules.FromClient,
            FrameType.Datagram => rules.MaxDatagramFrameSize > 0,
            FrameType.ObservedAddressV4 or FrameType.ObservedAddressV6 => rules.ObservedAddresses,
            _ => true,
        };

    private bool ReadFields(scoped ref Frame frame, FrameType type) =>
        frame.Type switch
        {
            FrameType.Padding => ReadPadding(),
            FrameType.Ping or FrameType.HandshakeDone => true,
            FrameType.Ack or FrameType.AckEcn => AckFrame.TryRead(ref _reader, type == FrameType.AckEcn, out frame.Ack),
            FrameType.ResetStream => _reader.TryReadVarInt(out frame.StreamId)
                && _reader.TryReadVarInt(out frame.ErrorCode)
                && _reader.TryReadVarInt(out frame.FinalSize),
            FrameType.StopSending => _reader.TryReadVarInt(out frame.StreamId)
                && _reader.TryReadVarInt(out frame.ErrorCode),
            FrameType.Crypto => _reader.TryReadVarInt(out frame.Offset)
                && _reader.TryReadPrefixed(out frame.Data)
                && EndsInRange(frame),
            FrameType.NewToken => _reader.TryReadPrefixed(out frame.Data) && !frame.Data.IsEmpty,
            FrameType.Stream => ReadStream(ref frame, (int)type),
            FrameType.MaxData or FrameType.DataBlocked => _reader.TryReadVarInt(out frame.Limit),
            FrameType.MaxStreamData or FrameType.StreamDataBlocked => _reader.TryReadVarInt(out frame.StreamId)
                && _reader.TryReadVarInt(out frame.Limit),
            FrameType.MaxStreamsBidirectional
            or FrameType.MaxStreamsUnidirectional
            or FrameType.StreamsBlockedBidirectional
            or FrameType.StreamsBlockedUnidirectional => _reader.TryReadVarInt(out frame.Limit)
                && frame.Limit <= MaximumStreams,
            FrameType.NewConnectionId => ReadNewConnectionId(ref frame),
            FrameType.RetireConnectionId => _reader.TryReadVarInt(out frame.Sequence),
            FrameType.PathChallenge or FrameType.PathResponse => _reader.TryReadBytes(PathDataSize, out frame.Data),
            FrameType.ConnectionClose => _reader.TryReadVarInt(out frame.ErrorCode)
                && _reader.TryReadVarInt(out frame.ClosedBy)
                && _reader.TryReadPrefixed(out frame.Data),
            FrameType.ApplicationClose => _reader.TryReadVarInt(out frame.ErrorCode)
                && _reader.TryReadPrefixed(out frame.Data),
            FrameType.Datagram => type == FrameType.Datagram
                ? _reader.TryReadBytes(_reader.Left, out frame.Data)
                : _reader.TryReadPrefixed(out frame.Data),
            FrameType.ObservedAddressV4 => ReadObservedAddress(ref frame, 4),
            FrameType.ObservedAddressV6 => ReadObservedAddress(ref frame, 16),
            _ => false,
        };

    /// <summary>All that follow each other as one: a padded Initial has a thousand.</summary>
    private bool ReadPadding()
    {
        var end = _reader.Rest.IndexOfAnyExcept((byte)0);
        return _reader.TryReadBytes(end < 0 ? _reader.Left : end, out _);
    }

    private bool ReadStream(scoped ref Frame frame, int type)
    {
        frame.Fin = (type & 1) != 0;
        if (!_reader.TryReadVarInt(out frame.StreamId) || ((type & 4) != 0 && !_reader.TryReadVarInt(out frame.Offset)))
        {
            return false;
        }
        var read =
            (type & 2) != 0
                ? _reader.TryReadPrefixed(out frame.Data)
                : _reader.TryReadBytes(_reader.Left, out frame.Data);
        return read && EndsInRange(frame);
    }

    /// <summary>§19.6, §19.8: the largest offset delivered is 2^62-1.</summary>
    private static bool EndsInRange(in Frame frame) => frame.Offset <= VarInt.Maximum - frame.Data.Length;

    private bool ReadNewConnectionId(scoped ref Frame frame) =>
        _reader.TryReadVarInt(out frame.Sequence)
        && _reader.TryReadVarInt(out frame.RetirePriorTo)
        && frame.RetirePriorTo <= frame.Sequence
        && _reader.TryReadConnectionId(out frame.ConnectionId)
        && !frame.ConnectionId.IsEmpty
        && _reader.TryReadBytes(ResetTokenSize, out frame.Data);

    private bool ReadObservedAddress(scoped ref Frame frame, int size) =>
        _reader.TryReadVarInt(out frame.Sequence)
        && _reader.TryReadBytes(size, out frame.Data)
        && _reader.TryReadUInt16(out frame.Port);
}
