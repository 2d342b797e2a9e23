using System.Net;

namespace Toss.Transport.Links;

/// <summary>What <see cref="DialPlan"/> knows of one peer.</summary>
internal sealed class PeerSearch
{
    /// <summary>What it said itself, sealed.</summary>
    public IReadOnlyList<IPEndPoint> Told { get; set; } = [];

    /// <summary>Where it was seen.</summary>
    public IReadOnlyList<IPEndPoint> Near { get; set; } = [];

    public bool IsSeen { get; set; }

    /// <summary>Where the last link led, and when it was lost.</summary>
    public IPEndPoint? LastGood { get; set; }

    public DateTimeOffset? LostAt { get; set; }

    public IEnumerable<IPEndPoint> Candidates =>
        LastGood is null ? Near.Union(Told) : Near.Append(LastGood).Union(Told);

    /// <summary>What is past of all that was ever shown.</summary>
    public void Forget(DateTimeOffset now)
    {
        foreach (var past in new[] { Failed, Kept })
        {
            foreach (var candidate in past.Where(one => one.Value <= now).Select(one => one.Key).ToList())
            {
                past.Remove(candidate);
            }
        }
    }

    public Queue<IPEndPoint> Left { get; } = new();

    public Dictionary<IPEndPoint, DateTimeOffset> Failed { get; } = [];

    /// <summary>What answered and was no better than the link.</summary>
    public Dictionary<IPEndPoint, DateTimeOffset> Kept { get; } = [];

    /// <summary>Counts the beginnings.</summary>
    public int Number { get; set; }

    public DateTimeOffset LearnedAt { get; set; }

    public int UnderWay { get; set; }

    public int Rounds { get; set; }

    public bool IsLinked { get; set; }

    /// <summary>Of the link; null before it was measured.</summary>
    public TimeSpan? RoundTrip { get; set; }

    /// <summary>Until the next look for a better link but one.</summary>
    public TimeSpan Pause { get; set; }

    public DateTimeOffset DueAt { get; set; }

    /// <summary>Whether there is anything to dial, or may be.</summary>
    public bool IsWanted => IsLinked || Near.Count > 0 || Told.Count > 0 || LastGood is not null;
}
