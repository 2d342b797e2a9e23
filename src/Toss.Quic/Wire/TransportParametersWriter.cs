namespace Toss.Quic.Wire;

/// <summary>RFC 9000 §18: the content of the TLS extension quic_transport_parameters. Defaults are left out.</summary>
internal static class TransportParametersWriter
{
    /// <summary>The longest greased parameter: more tests nothing further.</summary>
    public const int MaximumGrease = 16;

    private static readonly TransportParameters s_defaults = new();

    /// <summary>Returns the bytes written; throws if they do not fit. 512 bytes are enough for all of them.</summary>
    /// <param name="random">
    /// Not empty: a reserved parameter is added, its number and content made from these bytes, so that peers stay used to
    /// unknown ones (§18.1).
    /// </param>
    public static int Write(Span<byte> destination, TransportParameters p, ReadOnlySpan<byte> random = default)
    {
        var writer = new SpanWriter(destination);
        if (!random.IsEmpty)
        {
            WriteId(ref writer, (TransportParameterId)Reserved(random[0]));
            writer.WritePrefixed(random[1..Math.Min(random.Length, 1 + MaximumGrease)]);
        }
        WriteConnectionId(
            ref writer,
            TransportParameterId.OriginalDestinationConnectionId,
            p.OriginalDestinationConnectionId
        );
        WriteNumber(ref writer, TransportParameterId.MaxIdleTimeout, p.MaxIdleTimeout, 0);
        if (!p.StatelessResetToken.IsEmpty)
        {
            WriteId(ref writer, TransportParameterId.StatelessResetToken);
            writer.WritePrefixed(p.StatelessResetToken.Span);
        }
        WriteLimits(ref writer, p);
        WriteNumber(ref writer, TransportParameterId.AckDelayExponent, p.AckDelayExponent, s_defaults.AckDelayExponent);
        WriteNumber(ref writer, TransportParameterId.MaxAckDelay, p.MaxAckDelay, s_defaults.MaxAckDelay);
        WriteFlag(ref writer, TransportParameterId.DisableActiveMigration, p.DisableActiveMigration);
        WritePreferredAddress(ref writer, p.PreferredAddress);
        WriteNumber(
            ref writer,
            TransportParameterId.ActiveConnectionIdLimit,
            p.ActiveConnectionIdLimit,
            s_defaults.ActiveConnectionIdLimit
        );
        WriteConnectionId(ref writer, TransportParameterId.InitialSourceConnectionId, p.InitialSourceConnectionId);
        WriteConnectionId(ref writer, TransportParameterId.RetrySourceConnectionId, p.RetrySourceConnectionId);
        WriteNumber(ref writer, TransportParameterId.MaxDatagramFrameSize, p.MaxDatagramFrameSize, 0);
        WriteFlag(ref writer, TransportParameterId.GreaseQuicBit, p.GreaseQuicBit);
        WriteNumber(
            ref writer,
            TransportParameterId.AddressDiscovery,
            (long)p.AddressDiscovery,
            (long)AddressDiscovery.None
        );
        return writer.Position;
    }

    /// <summary>31 * N + 27 (§18.1).</summary>
    public static long Reserved(long n) => (31 * n) + 27;

    private static void WriteLimits(ref SpanWriter writer, TransportParameters p)
    {
        WriteNumber(
            ref writer,
            TransportParameterId.MaxUdpPayloadSize,
            p.MaxUdpPayloadSize,
            s_defaults.MaxUdpPayloadSize
        );
        WriteNumber(ref writer, TransportParameterId.InitialMaxData, p.InitialMaxData, 0);
        WriteNumber(
            ref writer,
            TransportParameterId.InitialMaxStreamDataBidirectionalLocal,
            p.InitialMaxStreamDataBidirectionalLocal,
            0
        );
        WriteNumber(
            ref writer,
            TransportParameterId.InitialMaxStreamDataBidirectionalRemote,
            p.InitialMaxStreamDataBidirectionalRemote,
            0
        );
        WriteNumber(
            ref writer,
            TransportParameterId.InitialMaxStreamDataUnidirectional,
            p.InitialMaxStreamDataUnidirectional,
            0
        );
        WriteNumber(
            ref writer,
            TransportParameterId.InitialMaxStreamsBidirectional,
            p.InitialMaxStreamsBidirectional,
            0
        );
        WriteNumber(
            ref writer,
            TransportParameterId.InitialMaxStreamsUnidirectional,
            p.InitialMaxStreamsUnidirectional,
            0
        );
    }

    private static void WritePreferredAddress(ref SpanWriter writer, PreferredAddress? address)
    {
        if (address is null)
        {
            return;
        }
        WriteId(ref writer, TransportParameterId.PreferredAddress);
        writer.WriteVarInt(4 + 2 + 16 + 2 + 1 + address.ConnectionId.Length + TransportParameters.ResetTokenSize);
        writer.WriteBytes(address.IPv4.Span);
        writer.WriteUInt16(address.IPv4Port);
        writer.WriteBytes(address.IPv6.Span);
        writer.WriteUInt16(address.IPv6Port);
        writer.WriteConnectionId(address.ConnectionId);
        writer.WriteBytes(address.ResetToken.Span);
    }

    private static void WriteNumber(ref SpanWriter writer, TransportParameterId id, long value, long absent)
    {
        if (value == absent)
        {
            return;
        }
        WriteId(ref writer, id);
        writer.WriteVarInt(VarInt.Length(value));
        writer.WriteVarInt(value);
    }

    private static void WriteConnectionId(ref SpanWriter writer, TransportParameterId id, ConnectionId? value)
    {
        if (value is { } bytes)
        {
            WriteId(ref writer, id);
            writer.WritePrefixed(bytes.Span);
        }
    }

    private static void WriteFlag(ref SpanWriter writer, TransportParameterId id, bool value)
    {
        if (value)
        {
            WriteId(ref writer, id);
            writer.WriteVarInt(0);
        }
    }

    private static void WriteId(ref SpanWriter writer, TransportParameterId id) => writer.WriteVarInt((long)id);
}
