using System.Buffers.Binary;
using Google.Protobuf;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Transport.Relay;

/// <summary>Reads the small print of relay frames.</summary>
internal static class RelayProtocol
{
    public const int NonceSize = 32;

    /// <summary>A slot is at most 16 bytes: random, or digits.</summary>
    public const int SlotMax = 16;

    /// <summary>One end of a circuit, random.</summary>
    public const int CircuitSize = 16;

    /// <summary>The longest wait a relay may ask for: a day. More is a mistake, or malice.</summary>
    private const long LongestRetryMs = 24L * 60 * 60 * 1000;

    public static bool TryReadCircuit(ByteString bytes, out UInt128 circuit)
    {
        circuit = bytes.Length == CircuitSize ? BinaryPrimitives.ReadUInt128BigEndian(bytes.Span) : default;
        return bytes.Length == CircuitSize;
    }

    public static TimeSpan? RetryAfter(long milliseconds) =>
        milliseconds <= 0 ? null : TimeSpan.FromMilliseconds(Math.Min(milliseconds, LongestRetryMs));

    /// <summary>The relay's word goes to people, so only words we know pass.</summary>
    public static string UpdateOf(string update) => update == "toss-relay" ? "toss-relay" : "toss";

    public static RelayAnswer AnswerOf(Reason reason) =>
        reason switch
        {
            Reason.NotAllowed => RelayAnswer.NotAllowed,
            Reason.MailboxFull => RelayAnswer.MailboxFull,
            Reason.SenderQuota => RelayAnswer.SenderQuota,
            Reason.BlobQuota => RelayAnswer.BlobQuota,
            Reason.TooLarge => RelayAnswer.TooLarge,
            Reason.NoSlot => RelayAnswer.NoSlot,
            Reason.TooMany => RelayAnswer.TooMany,
            Reason.NoBlob => RelayAnswer.NoBlob,
            Reason.Storage => RelayAnswer.Storage,
            Reason.Away => RelayAnswer.Away,
            Reason.Busy => RelayAnswer.Busy,
            Reason.OutOfOrder => RelayAnswer.OutOfOrder,
            _ => RelayAnswer.Refused,
        };

    public static RelayCloseReason CloseReasonOf(Reason reason) =>
        reason switch
        {
            Reason.Version => RelayCloseReason.Version,
            Reason.Signature => RelayCloseReason.Signature,
            Reason.Token => RelayCloseReason.Token,
            Reason.Replaced => RelayCloseReason.Replaced,
            _ => RelayCloseReason.Refused,
        };
}
