namespace Toss.Ui.State;

/// <summary>What became of a look for the agent.</summary>
public enum ReturnOutcome
{
    /// <summary>It is there, and this page is let in.</summary>
    Back,

    /// <summary>Nobody answers.</summary>
    Away,

    /// <summary>Who answers does not know this page, or is not its agent.</summary>
    Refused,
}
