namespace Toss.Control;

/// <summary>Large content on its way, one way.</summary>
/// <param name="Id">What `toss cancel` takes; counted from the agent's start.</param>
/// <param name="Direction">`in`, `out`.</param>
/// <param name="Device">Who brings or gets it, by name; several, with commas, of what goes to a relay for them; null before anybody brought any of it.</param>
/// <param name="Clip">What it is part of, if this device knows.</param>
/// <param name="Done">Sealed bytes that are there.</param>
/// <param name="Total">Sealed bytes of all of it.</param>
/// <param name="BytesPerSecond">In the last seconds; null if nothing moves.</param>
/// <param name="SecondsLeft">At that rate.</param>
/// <param name="State">`running`, `waiting`.</param>
/// <param name="Why">Why it waits, in words.</param>
public sealed record TransferReport(
    int Id,
    string Direction,
    string? Device,
    string? Clip,
    long Done,
    long Total,
    long? BytesPerSecond,
    long? SecondsLeft,
    string State,
    string? Why
)
{
    /// <summary>The relay that it goes to, for devices that will fetch it there; null of what goes from device to device.</summary>
    public string? Relay { get; init; }

    /// <summary>Names of the files that it is, as in history; null of everything else.</summary>
    public string? What { get; init; }
}
