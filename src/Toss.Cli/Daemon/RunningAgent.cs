using Toss.Control;

namespace Toss.Cli.Daemon;

/// <summary>The agent as the composition root hands it over: what it answers to, when it ended, how to end it.</summary>
/// <param name="Control">Safe to call from any thread.</param>
/// <param name="Ended">Completes when the agent ended by itself; faulted if it broke.</param>
/// <param name="Stop">Ends the agent and lets go of everything it holds; called once.</param>
internal sealed record RunningAgent(IControl Control, Task Ended, Func<ValueTask> Stop)
{
    /// <summary>Memory that the agent gave up since it began: worth a collection when it rests, as what was allocated is.</summary>
    public Func<long> BytesFreed { get; init; } = () => 0;
}
