namespace Toss.Quic.Wire;

/// <summary>The frames of fixed shape: limits, resets, connection IDs, paths, closes.</summary>
internal ref partial struct FrameWriter
{
    public bool TryWriteResetStream(long streamId, long errorCode, long finalSize) =>
        TryWriteNumbers(FrameType.ResetStream, streamId, errorCode, finalSize);

    public bool TryWriteStopSending(long streamId, long errorCode) =>
        TryWriteNumbers(FrameType.StopSending, streamId, errorCode);

    public bool TryWriteMaxData(long limit) => TryWriteNumbers(FrameType.MaxData, limit);

    public bool TryWriteMaxStreamData(long streamId, long limit) =>
        TryWriteNumbers(FrameType.MaxStreamData, streamId, limit);

    public bool TryWriteMaxStreams(bool bidirectional, long limit) =>
        TryWriteNumbers(bidirectional ? FrameType.MaxStreamsBidirectional : FrameType.MaxStreamsUnidirectional, limit);

    public bool TryWriteDataBlocked(long limit) => TryWriteNumbers(FrameType.DataBlocked, limit);

    public bool TryWriteStreamDataBlocked(long streamId, long limit) =>
        TryWriteNumbers(FrameType.StreamDataBlocked, streamId, limit);

    public bool TryWriteStreamsBlocked(bool bidirectional, long limit) =>
        TryWriteNumbers(
            bidirectional ? FrameType.StreamsBlockedBidirectional : FrameType.StreamsBlockedUnidirectional,
            limit
        );

    public bool TryWriteRetireConnectionId(long sequence) => TryWriteNumbers(FrameType.RetireConnectionId, sequence);

    /// <param name="token">Not empty.</param>
    public bool TryWriteNewToken(scoped ReadOnlySpan<byte> token)
    {
        ArgumentOutOfRangeException.ThrowIfZero(token.Length, nameof(token));
        if (1 + PrefixedSize(token.Length) > Left)
        {
            return false;
        }
        var writer = Begin(FrameType.NewToken);
        writer.WritePrefixed(token);
        Length += writer.Position;
        return true;
    }

    /// <param name="id">Not empty.</param>
    /// <param name="resetToken">16 bytes.</param>
    public bool TryWriteNewConnectionId(
        long sequence,
        long retirePriorTo,
        in ConnectionId id,
        scoped ReadOnlySpan<byte> resetToken
    )
    {
        ArgumentOutOfRangeException.ThrowIfZero(id.Length, nameof(id));
        ArgumentOutOfRangeException.ThrowIfNotEqual(resetToken.Length, 16, nameof(resetToken));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(retirePriorTo, sequence);
        if (1 + VarInt.Length(sequence) + VarInt.Length(retirePriorTo) + 1 + id.Length + 16 > Left)
        {
            return false;
        }
        var writer = Begin(FrameType.NewConnectionId);
        writer.WriteVarInt(sequence);
        writer.WriteVarInt(retirePriorTo);
        writer.WriteConnectionId(id);
        writer.WriteBytes(resetToken);
        Length += writer.Position;
        return true;
    }

    /// <param name="data">8 bytes.</param>
    public bool TryWritePathChallenge(scoped ReadOnlySpan<byte> data) => TryWritePath(FrameType.PathChallenge, data);

    /// <param name="data">8 bytes.</param>
    public bool TryWritePathResponse(scoped ReadOnlySpan<byte> data) => TryWritePath(FrameType.PathResponse, data);

    /// <summary>CONNECTION_CLOSE of type 0x1c; the reason is cut to what fits.</summary>
    /// <param name="frameType">The type on the wire of the frame at fault, 0 if unknown.</param>
    public bool TryWriteConnectionClose(TransportErrorCode code, long frameType, scoped ReadOnlySpan<byte> reason)
    {
        var size = 1 + VarInt.Length((long)code) + VarInt.Length(frameType);
        if (size + 1 > Left)
        {
            return false;
        }
        var fits = Math.Min(reason.Length, Capacity(size));
        var writer = Begin(FrameType.ConnectionClose);
        writer.WriteVarInt((long)code);
        writer.WriteVarInt(frameType);
        writer.WritePrefixed(reason[..fits]);
        Length += writer.Position;
        return true;
    }

    /// <summary>CONNECTION_CLOSE of type 0x1d, only for 0-RTT and 1-RTT (§10.2.3); the reason is cut to what fits.</summary>
    public bool TryWriteApplicationClose(long code, scoped ReadOnlySpan<byte> reason)
    {
        var size = 1 + VarInt.Length(code);
        if (size + 1 > Left)
        {
            return false;
        }
        var fits = Math.Min(reason.Length, Capacity(size));
        var writer = Begin(FrameType.ApplicationClose);
        writer.WriteVarInt(code);
        writer.WritePrefixed(reason[..fits]);
        Length += writer.Position;
        return true;
    }

    /// <param name="address">4 or 16 bytes.</param>
    public bool TryWriteObservedAddress(long sequence, scoped ReadOnlySpan<byte> address, ushort port)
    {
        var type = address.Length switch
        {
            4 => FrameType.ObservedAddressV4,
            16 => FrameType.ObservedAddressV6,
            _ => throw new ArgumentOutOfRangeException(nameof(address)),
        };
        if (VarInt.Length((long)type) + VarInt.Length(sequence) + address.Length + 2 > Left)
        {
            return false;
        }
        var writer = Begin(type);
        writer.WriteVarInt(sequence);
        writer.WriteBytes(address);
        writer.WriteUInt16(port);
        Length += writer.Position;
        return true;
    }

    private bool TryWritePath(FrameType type, scoped ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(data.Length, 8, nameof(data));
        if (9 > Left)
        {
            return false;
        }
        var writer = Begin(type);
        writer.WriteBytes(data);
        Length += writer.Position;
        return true;
    }

    private bool TryWriteNumbers(FrameType type, params scoped ReadOnlySpan<long> numbers)
    {
        var size = 1;
        foreach (var number in numbers)
        {
            size += VarInt.Length(number);
        }
        if (size > Left)
        {
            return false;
        }
        var writer = Begin(type);
        foreach (var number in numbers)
        {
            writer.WriteVarInt(number);
        }
        Length += writer.Position;
        return true;
    }
}
