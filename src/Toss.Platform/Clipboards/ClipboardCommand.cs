using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards;

/// <summary>What the agent's thread asks of the clipboard's thread.</summary>
internal abstract record ClipboardCommand;

internal sealed record ApplyCommand(HeldContent Content, TaskCompletionSource<ApplyOutcome> Outcome) : ClipboardCommand;

/// <summary>Empties the clipboard if it holds what has this origin.</summary>
internal sealed record ClearCommand(ReadOnlyMemory<byte> Origin, TaskCompletionSource Done) : ClipboardCommand;

internal sealed record ReadCommand(TaskCompletionSource<Snapshot?> Snapshot) : ClipboardCommand;
