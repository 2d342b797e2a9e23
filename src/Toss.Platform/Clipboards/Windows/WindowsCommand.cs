using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>What the agent's thread asks of the thread of the clipboard.</summary>
internal abstract record WindowsCommand;

internal sealed record ApplyContent(HeldContent Content, TaskCompletionSource<ApplyOutcome> Outcome) : WindowsCommand;

internal sealed record ClearContent(ReadOnlyMemory<byte> Origin, TaskCompletionSource Done) : WindowsCommand;

internal sealed record ReadContent(TaskCompletionSource<Snapshot?> Snapshot) : WindowsCommand;
