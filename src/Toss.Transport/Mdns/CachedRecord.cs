namespace Toss.Transport.Mdns;

/// <summary>A record of a neighbour, for as long as it may be believed.</summary>
internal sealed class CachedRecord(DnsRecord record, DateTimeOffset at)
{
    /// <summary>Nobody honest says more; what a liar said is over in the end.</summary>
    private const uint MostSeconds = 2 * DnsRecord.OtherTtl;

    public DnsRecord Record { get; } = record;

    public DateTimeOffset HeardAt { get; } = at;

    /// <summary>A good-bye counts after a second, in which its owner may take it back (RFC 6762 §10.1).</summary>
    public DateTimeOffset ExpiresAt { get; set; } =
        at + TimeSpan.FromSeconds(Math.Max(1, Math.Min(record.Ttl, MostSeconds)));

    /// <summary>How often it was asked for again, at 80, 85, 90 and 95 % of its time (RFC 6762 §5.2).</summary>
    public int Refreshes { get; set; }

    /// <summary>When it is to be asked for again; never, once that was in vain four times.</summary>
    public DateTimeOffset RefreshAt =>
        Refreshes < 4 ? HeardAt + ((ExpiresAt - HeardAt) * (0.80 + (0.05 * Refreshes))) : DateTimeOffset.MaxValue;

    /// <summary>Young enough to be told as known (RFC 6762 §7.1).</summary>
    public bool IsKnown(DateTimeOffset now) => now - HeardAt < (ExpiresAt - HeardAt) / 2;
}
