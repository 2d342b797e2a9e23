namespace Toss.Ui.State;

/// <summary>How this page and its agent know one another again after the connection broke.</summary>
public interface IAgentReturn
{
    /// <summary>While it is let in: takes what it needs for that. Once is enough.</summary>
    Task PrepareAsync(CancellationToken cancellation);

    Task<ReturnOutcome> TryAsync(CancellationToken cancellation);
}
