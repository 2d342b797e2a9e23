using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>A beacon key that was in this device's Card until somebody who has it left the circle.</summary>
/// <param name="Key">16 bytes.</param>
/// <param name="CardVersion">Of the first Card without it.</param>
/// <param name="ReplacedAt">By this device's clock.</param>
/// <param name="Awaits">Members that have not shown that they have that Card, in id order: they look for this device by the old key.</param>
public sealed record FormerBeacon(
    ReadOnlyMemory<byte> Key,
    ulong CardVersion,
    DateTimeOffset ReplacedAt,
    IReadOnlyList<DeviceId> Awaits
)
{
    public override string ToString() => $"FormerBeacon(until Card {CardVersion})";
}
