using Toss.Core.Ports;

namespace Toss.Testing.Simulation;

/// <summary>
/// One thing that happens in a world. Devices are numbers in the order they were made; an event that has no sense when
/// its turn comes (a copy on a device that is down) does nothing, so that any part of a plan is a plan.
/// </summary>
public abstract record SimEvent
{
    /// <summary>Time passes.</summary>
    public sealed record Sleep(TimeSpan Time) : SimEvent;

    /// <summary>`toss copy`: its answer says that the clip is durable.</summary>
    public sealed record Copy(int Device, int Number, int Size) : SimEvent;

    /// <summary>The user copies in some program: nobody answers.</summary>
    public sealed record UserCopy(int Device, int Number) : SimEvent;

    /// <summary>The device's network is gone, or back.</summary>
    public sealed record Cut(int Device) : SimEvent;

    public sealed record Heal(int Device) : SimEvent;

    public sealed record Kill(int Device) : SimEvent;

    public sealed record Start(int Device) : SimEvent;

    /// <summary>`kill -9` at the next commit of a step: just before it, or once it is durable.</summary>
    public sealed record KillAt(int Device, StoreStep Step, bool Before) : SimEvent;

    public sealed record KillRelay : SimEvent;

    public sealed record StartRelay : SimEvent;

    /// <summary>What the relay does with the next envelopes it hands to this device.</summary>
    public sealed record Tamper(int Device, RelayTrick Trick, int Envelopes) : SimEvent;

    /// <summary>Somebody sets the clock.</summary>
    public sealed record JumpClock(int Device, TimeSpan By) : SimEvent;

    /// <summary>`toss config relay`: the device's home is the world's relay of this number from now on.</summary>
    public sealed record Move(int Device, int Relay) : SimEvent;

    /// <summary>A new device joins by a code that a member shows.</summary>
    public sealed record Join(int Member) : SimEvent;

    /// <summary>
    /// A new device joins, and once so many frames passed since the code was shown, something breaks; it stays so. It may
    /// have been too late for that.
    /// </summary>
    public sealed record BrokenJoin(int Member, JoinBreak Break, int Frames) : SimEvent;

    /// <summary>`toss unpair`, keeping the devices that the removed one added, or not.</summary>
    public sealed record Revoke(int By, int Subject, bool KeepAdded) : SimEvent;

    /// <summary>`toss leave`.</summary>
    public sealed record Leave(int Device) : SimEvent;

    /// <summary>Every fault ends; everything must come to agree.</summary>
    public sealed record Settle : SimEvent;
}

/// <summary>What breaks in the middle of a join.</summary>
public enum JoinBreak
{
    KillMember,
    KillNewcomer,
    KillRelay,
    CutMember,
    CutNewcomer,
}

public enum RelayTrick
{
    /// <summary>Never handed over on this connection.</summary>
    Drop,

    /// <summary>Handed over twice.</summary>
    Repeat,

    /// <summary>Behind the one that follows.</summary>
    Swap,

    /// <summary>One bit of it is another.</summary>
    Flip,
}
