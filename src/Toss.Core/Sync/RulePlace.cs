using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>What an entry of the rules is for. Null is any.</summary>
public readonly record struct RulePlace(SharingDirection Direction, DeviceId? Device, ClipKind? Kind)
    : IComparable<RulePlace>
{
    /// <summary>An order to list them in: the widest first.</summary>
    public int CompareTo(RulePlace other) =>
        (Direction, Device is not null, Device.GetValueOrDefault(), (int?)Kind ?? -1).CompareTo(
            (other.Direction, other.Device is not null, other.Device.GetValueOrDefault(), (int?)other.Kind ?? -1)
        );
}
