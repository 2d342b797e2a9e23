using Toss.Wire;

namespace Toss.Core.Circle;

/// <summary>The circle as stored. Genesis is null before this device founded or joined one.</summary>
public sealed record CircleRecord(
    Genesis? Genesis,
    IReadOnlyList<Signed> Statements,
    IReadOnlyDictionary<DeviceId, Signed> Cards,
    PendingInviter? Pending
);

/// <summary>
/// A joiner's hold on its inviter until the Add arrives: over the pairing channel, or, if that was lost, through the
/// mailbox. Never a member's right by itself.
/// </summary>
public sealed record PendingInviter(Genesis Genesis, Signed Card, IReadOnlyList<Signed> Adds, DateTimeOffset Until);
