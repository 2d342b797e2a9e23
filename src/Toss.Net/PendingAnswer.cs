using Toss.Core.Scheduling;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>A request under way. <paramref name="answered"/> runs on the connection's loop, before anything that follows.</summary>
internal sealed class PendingAnswer(Action<RelayAnswered>? answered)
{
    public Action<RelayAnswered>? Answered { get; } = answered;

    /// <summary>Null: the connection broke before.</summary>
    public Waiter<RelayAnswered?> Completion { get; } = new();
}
