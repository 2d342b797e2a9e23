using System.Net;

namespace Toss.Transport.Mdns;

/// <summary>An instance of a service that is sought, and what is known of it.</summary>
internal sealed class SoughtInstance(DnsName name, DnsName type)
{
    /// <summary>A host has a few addresses in one network.</summary>
    private const int MostAddresses = 8;

    public DnsName Name { get; } = name;

    public DnsName Type { get; } = type;

    public CachedRecord? Pointer { get; set; }

    public CachedRecord? Service { get; private set; }

    public CachedRecord? Text { get; private set; }

    public List<CachedRecord> Addresses { get; } = [];

    /// <summary>The owner of the session wants it: it is asked for again in time, and gives way to no stranger.</summary>
    public bool IsKept { get; set; }

    public int Asked { get; set; }

    /// <summary>When what is missing is asked for.</summary>
    public DateTimeOffset AskAt { get; set; }

    public DnsName? Host { get; private set; }

    private ushort _port;
    private string? _told;

    public bool IsComplete => Text is not null && Service is not null && Addresses.Count > 0;

    public bool WasTold => _told is not null;

    /// <summary>SRV or TXT of this name.</summary>
    public void Hear(DnsRecord record, DateTimeOffset now)
    {
        if (record.Type == DnsType.Text)
        {
            Text = new CachedRecord(record, now);
        }
        else if (record.TryReadService(out var port, out var host) && port != 0)
        {
            if (!host.Equals(Host))
            {
                Addresses.Clear();
            }
            (Service, Host, _port) = (new CachedRecord(record, now), host, port);
        }
    }

    /// <summary>An address of the host.</summary>
    public void HearAddress(DnsRecord record, DateTimeOffset now)
    {
        if (record.IsUnique)
        {
            // Those of the same burst stay (RFC 6762 §10.2).
            var second = TimeSpan.FromSeconds(1);
            foreach (var old in Addresses.Where(old => old.Record.Type == record.Type && now - old.HeardAt > second))
            {
                old.ExpiresAt = now + second;
            }
        }
        Addresses.RemoveAll(old => old.Record.IsSameAs(record));
        if (Addresses.Count < MostAddresses)
        {
            Addresses.Add(new CachedRecord(record, now));
        }
    }

    /// <summary>True while the pointer is good; the rest may be gone before.</summary>
    public bool Expire(DateTimeOffset now)
    {
        Text = Text is { } text && text.ExpiresAt > now ? text : null;
        Service = Service is { } service && service.ExpiresAt > now ? service : null;
        Addresses.RemoveAll(address => address.ExpiresAt <= now);
        return Pointer is { } pointer && pointer.ExpiresAt > now;
    }

    public DateTimeOffset NextExpiry =>
        new[] { Pointer, Text, Service }
            .Concat(Addresses)
            .Where(static record => record is not null)
            .Select(static record => record!.ExpiresAt)
            .DefaultIfEmpty(DateTimeOffset.MinValue)
            .Min();

    /// <summary>What to tell, if it is whole and was not told so before.</summary>
    public MdnsEvent.Found? News(LanInterface lan)
    {
        if (!IsComplete)
        {
            return null;
        }
        var endPoints = Addresses
            .Select(address => address.Record.TryReadAddress(out var read) ? read : null)
            .OfType<IPAddress>()
            .Select(read => new IPEndPoint(
                read.IsIPv6LinkLocal ? new IPAddress(read.GetAddressBytes(), lan.Index) : read,
                _port
            ))
            .OrderBy(static one => one.ToString(), StringComparer.Ordinal)
            .ToList();
        var told = string.Join(' ', endPoints) + Convert.ToHexString(Text!.Record.Content.Span);
        if (told == _told)
        {
            return null;
        }
        _told = told;
        return new MdnsEvent.Found(Name, Type, Text.Record, endPoints);
    }
}
