namespace Toss.Platform.Clipboards.MacOs;

/// <summary>How often the pasteboard is looked at, and how long is waited for what. Decision 20 says why.</summary>
/// <param name="Poll">Between two looks while somebody is at the machine.</param>
/// <param name="Rest">Between two looks while nobody is.</param>
/// <param name="RestAfter">So long nobody touched anything: nobody is there.</param>
/// <param name="Settle">Programs empty the pasteboard first and fill it then, in steps: it is read when it stood still.</param>
/// <param name="Owner">All that one copy may take to be read; one that a program promised and never makes is given up.</param>
/// <param name="Patience">Callers wait for the thread this long, and a copy that changes all the time is given up.</param>
public sealed record PasteboardTiming(
    TimeSpan Poll,
    TimeSpan Rest,
    TimeSpan RestAfter,
    TimeSpan Settle,
    TimeSpan Owner,
    TimeSpan Patience
)
{
    public static PasteboardTiming Default { get; } =
        new(
            TimeSpan.FromMilliseconds(250),
            TimeSpan.FromSeconds(2),
            TimeSpan.FromMinutes(1),
            TimeSpan.FromMilliseconds(30),
            TimeSpan.FromSeconds(5),
            TimeSpan.FromSeconds(10)
        );
}
