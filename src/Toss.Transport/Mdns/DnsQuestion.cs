namespace Toss.Transport.Mdns;

/// <param name="WantsUnicast">The answer may go to the asker alone (RFC 6762 §5.4).</param>
public sealed record DnsQuestion(DnsName Name, DnsType Type, bool WantsUnicast = false)
{
    /// <summary>Whether a record of this name and type answers it.</summary>
    public bool IsAbout(DnsRecord record) => (Type == DnsType.Any || Type == record.Type) && Name.Equals(record.Name);
}
