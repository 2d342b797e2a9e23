using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards;

/// <summary>What the agent's thread asks of the clipboard's thread.</summary>
internal abstract record ClipboardCommand
{
    /// <summary>Answers whoever waits: there is no clipboard any more.</summary>
    public abstract void GiveUp();
}

internal sealed record ApplyCommand(HeldContent Content, TaskCompletionSource<ApplyOutcome> Outcome) : ClipboardCommand
{
    public override void GiveUp() => Outcome.TrySetResult(ApplyOutcome.Deferred);
}

/// <summary>Empties the clipboard if it holds what has this origin.</summary>
internal sealed record ClearCommand(ReadOnlyMemory<byte> Origin, TaskCompletionSource Done) : ClipboardCommand
{
    public override void GiveUp() => Done.TrySetResult();
}

internal sealed record ReadCommand(TaskCompletionSource<Snapshot?> Snapshot) : ClipboardCommand
{
    public override void GiveUp() => Snapshot.TrySetResult(null);
}
