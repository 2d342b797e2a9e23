using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>A message that acted here once. Remembered for <see cref="Limits.ReceivedMemory"/>.</summary>
/// <param name="Outcome">Unspecified while a blob is still being fetched: no receipt yet.</param>
public sealed record ReceivedRecord(
    DeviceId Peer,
    MessageId Message,
    EnvelopeHash Envelope,
    ClipId? Clip,
    Receipt.Types.Outcome Outcome,
    RefusalReason Reason,
    bool ReceiptDue,
    DateTimeOffset ReceivedAt,
    DateTimeOffset? ReceiptSentAt
);
