using Toss.Quic.Connections;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;

namespace Toss.Quic.Diagnostics;

/// <summary>What things are called in qlog.</summary>
internal static class QlogNames
{
    public static string Of(PacketType type) =>
        type switch
        {
            PacketType.Initial => "initial",
            PacketType.ZeroRtt => "0RTT",
            PacketType.Handshake => "handshake",
            PacketType.Retry => "retry",
            PacketType.OneRtt => "1RTT",
            PacketType.VersionNegotiation => "version_negotiation",
            _ => "unknown",
        };

    public static string Of(PacketSpace space) =>
        space switch
        {
            PacketSpace.Initial => "initial",
            PacketSpace.Handshake => "handshake",
            _ => "1RTT",
        };

    public static string Of(ConnectionState state) =>
        state switch
        {
            ConnectionState.Handshaking => "handshake_started",
            ConnectionState.Established => "handshake_complete",
            ConnectionState.Closing => "closing",
            ConnectionState.Draining => "draining",
            _ => "closed",
        };

    public static string Key(bool isServer, PacketSpace space) =>
        (isServer ? "server_" : "client_") + (space == PacketSpace.Application ? "1rtt" : Of(space)) + "_secret";

    /// <summary>Null where QUIC has no name for it.</summary>
    public static string? Of(TransportErrorCode code) =>
        code switch
        {
            TransportErrorCode.NoError => "no_error",
            TransportErrorCode.InternalError => "internal_error",
            TransportErrorCode.ConnectionRefused => "connection_refused",
            TransportErrorCode.FlowControlError => "flow_control_error",
            TransportErrorCode.StreamLimitError => "stream_limit_error",
            TransportErrorCode.StreamStateError => "stream_state_error",
            TransportErrorCode.FinalSizeError => "final_size_error",
            TransportErrorCode.FrameEncodingError => "frame_encoding_error",
            TransportErrorCode.TransportParameterError => "transport_parameter_error",
            TransportErrorCode.ConnectionIdLimitError => "connection_id_limit_error",
            TransportErrorCode.ProtocolViolation => "protocol_violation",
            TransportErrorCode.InvalidToken => "invalid_token",
            TransportErrorCode.ApplicationError => "application_error",
            TransportErrorCode.CryptoBufferExceeded => "crypto_buffer_exceeded",
            TransportErrorCode.KeyUpdateError => "key_update_error",
            TransportErrorCode.AeadLimitReached => "aead_limit_reached",
            TransportErrorCode.NoViablePath => "no_viable_path",
            >= TransportErrorCode.CryptoError and <= TransportErrorCode.CryptoErrorLast =>
                $"crypto_error_0x{(long)code:x3}",
            _ => null,
        };

    public static string Trigger(CloseReason reason) =>
        reason.Cause switch
        {
            CloseCause.Idle => "idle_timeout",
            CloseCause.Reset => "stateless_reset",
            CloseCause.Version => "version_mismatch",
            CloseCause.Abandoned => "aborted",
            _ when reason.IsApplication => "application",
            _ => reason.Code == 0 ? "unspecified" : "error",
        };
}
