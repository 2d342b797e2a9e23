namespace Toss.Core.Ports;

/// <summary>What measuring a link gave.</summary>
/// <param name="Bytes">That went each way.</param>
/// <param name="Up">How long they took to the peer, until it said that it had them.</param>
/// <param name="Down">And back.</param>
/// <param name="Echoes">Round trips of single bytes, in milliseconds, ascending.</param>
/// <param name="UpCpu">Processor time of this process, whatever else it did meanwhile, while <paramref name="Bytes"/> went up.</param>
/// <param name="DownCpu">And while they came down.</param>
public sealed record BenchResult(
    BenchStatus Status,
    int Bytes,
    TimeSpan Up,
    TimeSpan Down,
    IReadOnlyList<double> Echoes,
    TimeSpan UpCpu,
    TimeSpan DownCpu
)
{
    /// <summary>Nothing was measured.</summary>
    public static BenchResult Of(BenchStatus status) =>
        new(status, 0, TimeSpan.Zero, TimeSpan.Zero, [], TimeSpan.Zero, TimeSpan.Zero);
}

public enum BenchStatus
{
    Done,

    /// <summary>There is none to this peer, or it ended meanwhile.</summary>
    NoLink,

    /// <summary>The peer is measuring already, or has measured enough for this minute.</summary>
    Busy,

    /// <summary>The peer gave up: an older version, or too slow.</summary>
    Refused,

    /// <summary>Nothing came back for seconds.</summary>
    Silent,
}
