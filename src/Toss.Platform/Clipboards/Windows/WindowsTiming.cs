namespace Toss.Platform.Clipboards.Windows;

/// <summary>How long the adapter waits for what.</summary>
/// <param name="RetryFirst">Until the clipboard is tried again that somebody else has open; doubled each time.</param>
/// <param name="RetryMost">At most.</param>
/// <param name="Busy">After this a caller is told that it must wait; the adapter goes on trying.</param>
/// <param name="GiveUp">After this a copy is given up that could not be read.</param>
/// <param name="Silent">A call into a program that does not answer: callers stop waiting for the thread.</param>
public sealed record WindowsTiming(
    TimeSpan RetryFirst,
    TimeSpan RetryMost,
    TimeSpan Busy,
    TimeSpan GiveUp,
    TimeSpan Silent
)
{
    /// <summary>
    /// How long a program that pastes waits for the first piece of promised content. Less than after what Windows takes it for hung (5 s).
    /// </summary>
    public TimeSpan FirstPiece { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>For all of it, while it comes. Windows itself waits 30 s, whatever is done.</summary>
    public TimeSpan Render { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How long exit may take to leave on the clipboard what is on this device. Windows gives a session that ends 5 s.</summary>
    public TimeSpan HandOver { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For what depends on when somebody pastes.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal TimeSpan Now => Time.GetElapsedTime(0);

    /// <summary>Programs have it open for milliseconds, remote desktops for a second.</summary>
    public static WindowsTiming Default { get; } =
        new(
            TimeSpan.FromMilliseconds(2),
            TimeSpan.FromMilliseconds(100),
            TimeSpan.FromSeconds(2),
            TimeSpan.FromSeconds(10),
            TimeSpan.FromSeconds(10)
        );
}
