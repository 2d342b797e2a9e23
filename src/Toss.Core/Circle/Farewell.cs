using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>
/// Word of a Revoke to a device that this one shares no circle with any more, sealed when the Revoke was made: by then
/// neither session nor delivery to it is left. Kept until the device shows that it knows, at most <see cref="Limits.Delivery"/>.
/// </summary>
/// <param name="Guest">Who leaves it there if this device is not let in itself; null in a row of an earlier version.</param>
public sealed record Farewell(
    MessageId Message,
    PeerAddress To,
    RelayAccount? Guest,
    ReadOnlyMemory<byte> Envelope,
    DateTimeOffset CreatedAt
);
