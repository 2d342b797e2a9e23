namespace Toss.Platform.Clipboards;

/// <summary>How long a display's clipboard waits for others. Measured by <see cref="Time"/>, waited for in poll(2).</summary>
public sealed record ClipboardTiming
{
    public static readonly ClipboardTiming Default = new();

    /// <summary>A transfer in which nothing moved for this long is given up: a busy application answers within a second or two.</summary>
    public TimeSpan Progress { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>One representation in all, so that a trickle ends too; 64 MiB over a slow remote display fit in.</summary>
    public TimeSpan Conversion { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a program that pastes waits for an answer before the first piece of promised content is here: until then it can be
    /// refused, and less than programs wait (Qt 5 s).
    /// </summary>
    public TimeSpan FirstPiece { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Promised content of which nothing came for this long is given up towards the program that pastes; what came is kept for
    /// the next paste. Longer than a sleeping link needs to be replaced by another way.
    /// </summary>
    public TimeSpan Promise { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// A pipe from which its reader took nothing for this long is closed. Longer than <see cref="Progress"/>: it may end in
    /// a pager, and costs little.
    /// </summary>
    public TimeSpan Reader { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long exit may wait for a clipboard manager to take over.</summary>
    public TimeSpan HandOver { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>First and longest pause between tries to reach a lost display.</summary>
    public TimeSpan ReconnectFirst { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan ReconnectMost { get; init; } = TimeSpan.FromSeconds(5);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal TimeSpan Now => Time.GetElapsedTime(0);
}
