using System.Buffers.Binary;
using System.Text.Json;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;

namespace Toss.Quic.Diagnostics;

/// <summary>
/// The events of one connection (draft-ietf-quic-qlog-quic-events). A connection without a log has none of these, and pays
/// with looking for it. No secret ever gets here but in frames, whose contents are left out.
/// </summary>
internal sealed class Qlog : IDisposable
{
    private readonly QlogWriter _writer;
    private readonly bool _isServer;

    // Of the keys of 1-RTT packets, by side: the last that is in the log.
    private long _sentGeneration;
    private long _receivedGeneration;

    private Qlog(QlogWriter writer, bool isServer) => (_writer, _isServer) = (writer, isServer);

    /// <summary>Null if nobody wants it, or it cannot be.</summary>
    public static Qlog? Open(QlogOpen? open, in ConnectionId original, bool isServer)
    {
        try
        {
            return open?.Invoke(original, isServer) is { } stream
                ? new Qlog(new QlogWriter(stream, original, isServer), isServer)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Started(in NetworkPath path, in ConnectionId local, in ConnectionId remote, Instant now)
    {
        var json = _writer.Begin("quic:connection_started"u8, now);
        json.WriteStartObject("local"u8);
        WriteIds(json, local);
        json.WriteEndObject();
        json.WriteStartObject("remote"u8);
        WriteEndpoint(json, path);
        WriteIds(json, remote);
        json.WriteEndObject();
        _writer.End();
    }

    public void Parameters(bool isOurs, TransportParameters parameters, Instant now)
    {
        var json = _writer.Begin("quic:parameters_set"u8, now);
        json.WriteString("initiator"u8, isOurs ? "local"u8 : "remote"u8);
        json.WriteBoolean("disable_active_migration"u8, parameters.DisableActiveMigration);
        json.WriteNumber("max_idle_timeout"u8, parameters.MaxIdleTimeout);
        json.WriteNumber("max_udp_payload_size"u8, parameters.MaxUdpPayloadSize);
        json.WriteNumber("ack_delay_exponent"u8, parameters.AckDelayExponent);
        json.WriteNumber("max_ack_delay"u8, parameters.MaxAckDelay);
        json.WriteNumber("active_connection_id_limit"u8, parameters.ActiveConnectionIdLimit);
        json.WriteNumber("initial_max_data"u8, parameters.InitialMaxData);
        json.WriteNumber("initial_max_stream_data_bidi_local"u8, parameters.InitialMaxStreamDataBidirectionalLocal);
        json.WriteNumber("initial_max_stream_data_bidi_remote"u8, parameters.InitialMaxStreamDataBidirectionalRemote);
        json.WriteNumber("initial_max_stream_data_uni"u8, parameters.InitialMaxStreamDataUnidirectional);
        json.WriteNumber("initial_max_streams_bidi"u8, parameters.InitialMaxStreamsBidirectional);
        json.WriteNumber("initial_max_streams_uni"u8, parameters.InitialMaxStreamsUnidirectional);
        json.WriteNumber("max_datagram_frame_size"u8, parameters.MaxDatagramFrameSize);
        json.WriteBoolean("grease_quic_bit"u8, parameters.GreaseQuicBit);
        _writer.End();
    }

    public void Protocol(string protocol, Instant now)
    {
        var json = _writer.Begin("quic:alpn_information"u8, now);
        json.WriteStartObject("chosen_alpn"u8);
        json.WriteString("string_value"u8, protocol);
        json.WriteEndObject();
        _writer.End();
    }

    public void State(string state, Instant now)
    {
        _writer.Begin("quic:connection_state_updated"u8, now).WriteString("new"u8, state);
        _writer.End();
    }

    /// <param name="payload">Its frames, before they are sealed.</param>
    public void Sent(in LoggedPacket packet, ReadOnlySpan<byte> payload, Instant now)
    {
        if (packet.KeyGeneration > _sentGeneration)
        {
            // One that answers the peer's is remote.
            var isOurs = packet.KeyGeneration > _receivedGeneration;
            _sentGeneration = packet.KeyGeneration;
            KeyUpdated(
                _isServer,
                PacketSpace.Application,
                isOurs ? "local_update" : "remote_update",
                _sentGeneration,
                now
            );
        }
        var json = _writer.Begin("quic:packet_sent"u8, now);
        WriteHeader(json, packet.Type, packet.Number);
        QlogFrames.Write(json, payload, AllOf(packet.Type, fromClient: !_isServer), packet.DelayExponent);
        WriteRaw(json, packet.Length);
        if (packet.IsMtuProbe)
        {
            json.WriteBoolean("is_mtu_probe_packet"u8, true);
        }
        _writer.End();
    }

    /// <param name="payload">Its frames, opened.</param>
    public void Received(in LoggedPacket packet, ReadOnlySpan<byte> payload, Instant now)
    {
        if (packet.KeyGeneration > _receivedGeneration)
        {
            var isOurs = packet.KeyGeneration <= _sentGeneration;
            _receivedGeneration = packet.KeyGeneration;
            var trigger = isOurs ? "local_update" : "remote_update";
            KeyUpdated(!_isServer, PacketSpace.Application, trigger, _receivedGeneration, now);
        }
        var json = _writer.Begin("quic:packet_received"u8, now);
        WriteHeader(json, packet.Type, packet.Number);
        QlogFrames.Write(json, payload, AllOf(packet.Type, fromClient: _isServer), packet.DelayExponent);
        WriteRaw(json, packet.Length);
        _writer.End();
    }

    /// <summary>A Retry: it has neither number nor frames.</summary>
    public void ReceivedRetry(int length, Instant now)
    {
        var json = _writer.Begin("quic:packet_received"u8, now);
        WriteHeader(json, PacketType.Retry, number: -1);
        WriteRaw(json, length);
        _writer.End();
    }

    public void ReceivedVersions(ReadOnlySpan<byte> versions, Instant now)
    {
        var json = _writer.Begin("quic:packet_received"u8, now);
        WriteHeader(json, PacketType.VersionNegotiation, number: -1);
        json.WriteStartArray("supported_versions"u8);
        for (; versions.Length >= sizeof(uint); versions = versions[sizeof(uint)..])
        {
            json.WriteStringValue(Convert.ToHexStringLower(versions[..sizeof(uint)]));
        }
        json.WriteEndArray();
        _writer.End();
    }

    /// <param name="trigger">Of <see cref="DropTrigger"/>.</param>
    public void Dropped(PacketType? type, int length, string trigger, Instant now)
    {
        var json = _writer.Begin("quic:packet_dropped"u8, now);
        WriteHeader(json, type ?? PacketType.UnknownVersion, number: -1);
        WriteRaw(json, length);
        json.WriteString("trigger"u8, trigger);
        _writer.End();
    }

    /// <param name="isByOrder">Later ones were acknowledged; else it is simply too long ago (RFC 9002 §6.1).</param>
    public void Lost(PacketSpace space, long number, bool isMtuProbe, bool isByOrder, Instant now)
    {
        var json = _writer.Begin("quic:packet_lost"u8, now);
        WriteHeader(json, QlogNames.Of(space), number);
        if (isMtuProbe)
        {
            json.WriteBoolean("is_mtu_probe_packet"u8, true);
        }
        json.WriteString("trigger"u8, isByOrder ? "reordering_threshold"u8 : "time_threshold"u8);
        _writer.End();
    }

    public void Metrics(RecoveryPath path, int probes, Instant now)
    {
        var json = _writer.Begin("quic:recovery_metrics_updated"u8, now);
        if (path.Rtt.HasSample)
        {
            json.WriteNumber("min_rtt"u8, path.Rtt.Min.TotalMilliseconds);
            json.WriteNumber("smoothed_rtt"u8, path.Rtt.Smoothed.TotalMilliseconds);
            json.WriteNumber("latest_rtt"u8, path.Rtt.Latest.TotalMilliseconds);
            json.WriteNumber("rtt_variance"u8, path.Rtt.Variance.TotalMilliseconds);
        }
        json.WriteNumber("pto_count"u8, probes);
        json.WriteNumber("congestion_window"u8, path.Congestion.Window);
        json.WriteNumber("bytes_in_flight"u8, path.BytesInFlight);
        _writer.End();
    }

    /// <summary>Both sides have keys of TLS.</summary>
    public void KeysOfTls(PacketSpace space, Instant now)
    {
        KeyUpdated(isServer: false, space, "tls", generation: 0, now);
        KeyUpdated(isServer: true, space, "tls", generation: 0, now);
    }

    public void KeysDiscarded(PacketSpace space, Instant now)
    {
        foreach (var isServer in (ReadOnlySpan<bool>)[false, true])
        {
            var json = _writer.Begin("quic:key_discarded"u8, now);
            json.WriteString("key_type"u8, QlogNames.Key(isServer, space));
            json.WriteString("trigger"u8, "tls"u8);
            _writer.End();
        }
    }

    /// <param name="state">In the words of migration_state_updated.</param>
    public void Path(in NetworkPath path, string state, Instant now)
    {
        var json = _writer.Begin("quic:migration_state_updated"u8, now);
        json.WriteString("new"u8, state);
        json.WriteStartObject("tuple_remote"u8);
        WriteEndpoint(json, path);
        json.WriteEndObject();
        _writer.End();
    }

    public void Mtu(int before, int size, Instant now)
    {
        if (size != before)
        {
            var json = _writer.Begin("quic:mtu_updated"u8, now);
            json.WriteNumber("old"u8, before);
            json.WriteNumber("new"u8, size);
            _writer.End();
        }
    }

    public void Closed(CloseReason reason, Instant now)
    {
        var json = _writer.Begin("quic:connection_closed"u8, now);
        json.WriteString("initiator"u8, reason.Cause is CloseCause.Peer or CloseCause.Reset ? "remote"u8 : "local"u8);
        if (reason.IsApplication)
        {
            json.WriteString("application_error"u8, "unknown"u8);
        }
        else if (QlogNames.Of((TransportErrorCode)reason.Code) is { } name)
        {
            json.WriteString("connection_error"u8, name);
        }
        json.WriteNumber("error_code"u8, reason.Code);
        json.WriteString("trigger"u8, QlogNames.Trigger(reason));
        _writer.End();
    }

    public void Dispose() => _writer.Dispose();

    private void KeyUpdated(bool isServer, PacketSpace space, string trigger, long generation, Instant now)
    {
        var json = _writer.Begin("quic:key_updated"u8, now);
        json.WriteString("key_type"u8, QlogNames.Key(isServer, space));
        if (space == PacketSpace.Application)
        {
            json.WriteNumber("key_phase"u8, generation);
        }
        json.WriteString("trigger"u8, trigger);
        _writer.End();
    }

    /// <summary>Nothing is refused here: whether it may be in there, others look at.</summary>
    private static FrameRules AllOf(PacketType type, bool fromClient) => new(type, fromClient, int.MaxValue, true);

    private static void WriteHeader(Utf8JsonWriter json, PacketType type, long number) =>
        WriteHeader(json, QlogNames.Of(type), number);

    private static void WriteHeader(Utf8JsonWriter json, string type, long number)
    {
        json.WriteStartObject("header"u8);
        json.WriteString("packet_type"u8, type);
        if (number >= 0)
        {
            json.WriteNumber("packet_number"u8, number);
        }
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, int length)
    {
        json.WriteStartObject("raw"u8);
        json.WriteNumber("length"u8, length);
        json.WriteEndObject();
    }

    private static void WriteIds(Utf8JsonWriter json, in ConnectionId id)
    {
        json.WriteStartArray("connection_ids"u8);
        json.WriteStringValue(Convert.ToHexStringLower(id.Span));
        json.WriteEndArray();
    }

    private static void WriteEndpoint(Utf8JsonWriter json, in NetworkPath path)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, path.Address);
        var isV4 = NetworkPath.IsMappedIPv4(path.Address);
        var address = new System.Net.IPAddress(isV4 ? bytes[12..] : bytes);
        json.WriteString(isV4 ? "ip_v4"u8 : "ip_v6"u8, address.ToString());
        json.WriteNumber(isV4 ? "port_v4"u8 : "port_v6"u8, path.Port);
    }
}
