namespace Toss.Tests.Real.Kills;

/// <summary>A piece of what devices do, in which a fault point can be reached. The cheapest to set up first.</summary>
internal enum FaultPhase
{
    /// <summary>A relay and two devices that are paired copy, rename, set; and that is answered.</summary>
    Share,

    /// <summary>All three are killed at rest and start again.</summary>
    Restart,

    /// <summary>They start again with work left half-done, the relay last.</summary>
    Resume,

    /// <summary>All three start for the first time.</summary>
    Start,

    /// <summary>The second device joins the first.</summary>
    Pair,

    /// <summary>The second device lost a message, and has not answered it for more than ten minutes.</summary>
    Heal,

    /// <summary>All three start again eight days later; a message to the second device did not outlive them.</summary>
    Later,

    /// <summary>The first device removes the second.</summary>
    Part,

    /// <summary>The second device leaves.</summary>
    Leave,

    /// <summary>The second device stops a large clip whose content it lacks.</summary>
    Stop,

    /// <summary>The second device, which was removed, starts a day later.</summary>
    Forget,
}
