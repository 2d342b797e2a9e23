namespace Toss.Transport.Mdns;

/// <summary>A record of ours, and when it last went to the group.</summary>
internal sealed class OwnRecord(DnsRecord record)
{
    public DnsRecord Record { get; } = record;

    public DateTimeOffset SentAt { get; set; } = DateTimeOffset.MinValue;
}
