namespace Toss.Ui.State;

/// <summary>All that the screens show: they are functions of it.</summary>
/// <param name="View">Null until the agent told anything.</param>
public sealed record ScreenState(StreamState Stream, AgentView? View)
{
    public static ScreenState Beginning { get; } = new(StreamState.Connecting, null);

    /// <summary>Whether orders reach the agent.</summary>
    public bool IsLive => Stream == StreamState.Live;
}
