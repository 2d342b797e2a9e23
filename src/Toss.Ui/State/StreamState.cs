namespace Toss.Ui.State;

/// <summary>How the page stands with its agent.</summary>
public enum StreamState
{
    /// <summary>Nothing has come yet.</summary>
    Connecting,

    /// <summary>What is shown is how it is.</summary>
    Live,

    /// <summary>What is shown is how it was; it is tried again, every second.</summary>
    Lost,

    /// <summary>The agent that answers does not know this page any more: it has to be opened anew.</summary>
    Closed,
}
