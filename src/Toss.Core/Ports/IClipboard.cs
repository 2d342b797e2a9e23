using System.Threading.Channels;
using Toss.Core.Clips;

namespace Toss.Core.Ports;

/// <summary>
/// The clipboard of this device. Implementations run their own loop; everything here may be called from one thread only,
/// the agent's, and never blocks it.
/// </summary>
public interface IClipboard : IAsyncDisposable
{
    /// <summary>What `toss status` names: `wayland`, `x11`, `headless`.</summary>
    string Backend { get; }

    /// <summary>
    /// What the user copied, oldest first, and <see cref="Snapshot.Cleared"/> when somebody else emptied the clipboard.
    /// Bounded: when the agent is behind, older changes give way to newer ones. What we do does not appear here.
    /// </summary>
    ChannelReader<Snapshot> Changes { get; }

    /// <summary>Changes of <see cref="State"/>, for status and logs.</summary>
    ChannelReader<ClipboardState> States { get; }

    ClipboardState State { get; }

    /// <summary>Starts the loop. Returns once it listens, or once it knows that it cannot yet.</summary>
    /// <param name="spool">Where content goes that is copied and too large for memory; null: it is left out.</param>
    ValueTask StartAsync(IContentSpool? spool, CancellationToken cancellation);

    /// <summary>Whether it can announce what is not in memory: <see cref="ContentRepresentation.Promise"/>.</summary>
    bool TakesPromises { get; }

    /// <summary>Takes the clipboard and offers every representation. <paramref name="origin"/> marks it as ours.</summary>
    ValueTask<ApplyOutcome> ApplyAsync(
        ClipContent content,
        ReadOnlyMemory<byte> origin,
        CancellationToken cancellation
    );

    /// <summary>
    /// Empties the clipboard if it holds what was applied with this origin; else does nothing. Content that waits for the
    /// display does not come any more.
    /// </summary>
    ValueTask ClearAsync(ReadOnlyMemory<byte> origin, CancellationToken cancellation);

    /// <summary>What the clipboard holds now, whoever owns it; null if it is empty.</summary>
    ValueTask<Snapshot?> ReadAsync(CancellationToken cancellation);
}

public enum ApplyOutcome
{
    Applied,

    /// <summary>Somebody copied in the meantime and keeps the clipboard.</summary>
    Overtaken,

    /// <summary>The display is gone; the adapter applies the newest content when it is back.</summary>
    Deferred,
}

public enum ClipboardState
{
    Starting,
    Listening,

    /// <summary>The display server is gone; the adapter keeps trying.</summary>
    Lost,
}
