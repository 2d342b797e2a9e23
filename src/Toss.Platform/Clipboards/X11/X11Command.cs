using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards.X11;

/// <summary>What the agent's thread asks of the X thread.</summary>
internal abstract record X11Command;

internal sealed record ApplyCommand(HeldContent Content, TaskCompletionSource<ApplyOutcome> Outcome) : X11Command;

/// <summary>Empties the clipboard if it holds what has this origin.</summary>
internal sealed record ClearCommand(ReadOnlyMemory<byte> Origin, TaskCompletionSource Done) : X11Command;

internal sealed record ReadCommand(TaskCompletionSource<Snapshot?> Snapshot) : X11Command;
