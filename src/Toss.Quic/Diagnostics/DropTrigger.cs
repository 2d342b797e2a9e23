namespace Toss.Quic.Diagnostics;

/// <summary>Why a packet was not taken, in the words of qlog (draft-ietf-quic-qlog-quic-events, packet_dropped).</summary>
internal static class DropTrigger
{
    public const string Invalid = "invalid";
    public const string Rejected = "rejected";
    public const string Duplicate = "duplicate";
    public const string Unsupported = "unsupported";
    public const string DecryptionFailure = "decryption_failure";
    public const string KeyUnavailable = "key_unavailable";
}
