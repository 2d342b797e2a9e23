using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>
/// One message on its way to one peer: a clip, or a roster update. Durable from the moment the clip is; sealed when its
/// bytes can leave.
/// </summary>
/// <param name="Clip">Set for a clip; its signed bytes are read from history at sealing.</param>
/// <param name="Body">Set for everything else: an `EnvelopePlaintext` body, unsealed, encrypted at rest.</param>
/// <param name="Envelope">Set from <see cref="DeliveryState.Sealed"/> on, until answered.</param>
public sealed record Delivery(
    DeviceId Peer,
    MessageId Message,
    DeliveryState State,
    DateTimeOffset CreatedAt,
    ClipId? Clip,
    ClipStamp? Stamp,
    ReadOnlyMemory<byte>? Body,
    ReadOnlyMemory<byte>? Envelope,
    SessionId? Session,
    DateTimeOffset? ChangedAt,
    RefusalReason Reason
);

public enum DeliveryState
{
    Waiting = 0,
    Sealed = 1,

    /// <summary>A path accepted it.</summary>
    Sent = 2,
    Applied = 3,
    Kept = 4,
    Refused = 5,
    Expired = 6,

    /// <summary>The peer knows of it; its large content goes there when somebody pastes it.</summary>
    Offered = 7,
}
