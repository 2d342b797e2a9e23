using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>
/// Word of a Revoke to a device that this one shares no circle with any more, sealed when the Revoke was made: by then
/// neither session nor delivery to it is left. Kept until the device shows that it knows, at most <see cref="Limits.Delivery"/>.
/// </summary>
public sealed record Farewell(
    MessageId Message,
    PeerAddress To,
    ReadOnlyMemory<byte> Envelope,
    DateTimeOffset CreatedAt
);
