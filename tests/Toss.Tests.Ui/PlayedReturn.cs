using Toss.Ui.State;

namespace Toss.Tests.Ui;

/// <summary>What becomes of a look for the agent, as a test wants it.</summary>
internal sealed class PlayedReturn : IAgentReturn
{
    public ReturnOutcome Outcome { get; set; } = ReturnOutcome.Back;

    public bool IsPrepared { get; private set; }

    public Task PrepareAsync(CancellationToken cancellation)
    {
        IsPrepared = true;
        return Task.CompletedTask;
    }

    public Task<ReturnOutcome> TryAsync(CancellationToken cancellation) => Task.FromResult(Outcome);
}
