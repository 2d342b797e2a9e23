using System.Net;
using Toss.Crypto;

namespace Toss.Transport.Mdns;

/// <summary>One service as one interface's neighbours see it: its names, its records, and how far they are ours.</summary>
internal sealed class Registration
{
    /// <summary>Of drawn names: they are hexadecimal.</summary>
    private const int NameBytes = 8;

    private readonly IRandomSource _random;
    private readonly IReadOnlyList<IPAddress> _addresses;

    public Registration(MdnsService service, IReadOnlyList<IPAddress> addresses, IRandomSource random)
    {
        (Service, _addresses, _random) = (service, addresses, random);
        Rename();
    }

    public MdnsService Service { get; }

    public DnsName Instance { get; private set; } = null!;

    public DnsName Host { get; private set; } = null!;

    /// <summary>Those of which others may have the like: the pointer.</summary>
    public OwnRecord Pointer { get; private set; } = null!;

    /// <summary>Those that are ours alone, once probing did not find another owner.</summary>
    public IReadOnlyList<OwnRecord> Unique { get; private set; } = [];

    /// <summary>Say which types our names have, for questions about others.</summary>
    public IReadOnlyList<OwnRecord> Negative { get; private set; } = [];

    public RegistrationState State { get; set; }

    /// <summary>Probes, then announcements that were sent.</summary>
    public int Sent { get; set; }

    /// <summary>When the next one leaves.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>Whether questions are answered.</summary>
    public bool IsOurs => State is RegistrationState.Announcing or RegistrationState.Established;

    public IEnumerable<OwnRecord> All => [Pointer, .. Unique];

    public bool Owns(DnsName name) => Instance.Equals(name) || Host.Equals(name);

    /// <summary>Names that nobody had: after a conflict, and at the beginning.</summary>
    public void Rename()
    {
        Span<byte> drawn = stackalloc byte[NameBytes];
        _random.Fill(drawn);
        var label = Convert.ToHexStringLower(drawn);
        Instance = Service.Type.Below(label);
        Host = MdnsNames.Local.Below(label);
        Pointer = new OwnRecord(DnsRecord.Pointer(Service.Type, Instance));
        Unique =
        [
            new(DnsRecord.Service(Instance, Service.Port, Host)),
            new(DnsRecord.Text(Instance, Service.Text.Span)),
            .. _addresses.Select(address => new OwnRecord(DnsRecord.Address(Host, address))),
        ];
        Negative =
        [
            new(DnsRecord.Only(Instance, DnsRecord.OtherTtl, [DnsType.Text, DnsType.Service])),
            new(DnsRecord.Only(Host, DnsRecord.HostTtl, Unique.Skip(2).Select(own => own.Record.Type).Distinct())),
        ];
    }

    /// <summary>RFC 6762 §8.2.1: both sets in order, the first difference decides, and the longer one wins without any.</summary>
    public bool LosesTo(List<DnsRecord> rivals)
    {
        foreach (var name in (DnsName[])[Instance, Host])
        {
            var ours = Sorted(Unique.Select(own => own.Record), name);
            var theirs = Sorted(rivals, name);
            if (theirs.Count == 0)
            {
                continue;
            }
            for (var i = 0; i < Math.Max(ours.Count, theirs.Count); i++)
            {
                var order =
                    i == ours.Count ? -1
                    : i == theirs.Count ? 1
                    : ours[i].CompareForTie(theirs[i]);
                if (order != 0)
                {
                    if (order < 0)
                    {
                        return true;
                    }
                    break;
                }
            }
        }
        return false;

        static List<DnsRecord> Sorted(IEnumerable<DnsRecord> records, DnsName name)
        {
            var sorted = records.Where(record => record.Name.Equals(name)).ToList();
            sorted.Sort(static (a, b) => a.CompareForTie(b));
            return sorted;
        }
    }

    /// <summary>
    /// Somebody else says something under our names: while probing that they are taken, whatever it is; later that both of us
    /// have them, if it contradicts what we say (RFC 6762 §9).
    /// </summary>
    public bool IsContradictedBy(DnsRecord heard)
    {
        if (!Owns(heard.Name) || heard.Ttl == 0)
        {
            return false;
        }
        var ours = Unique.Concat(Negative).ToList();
        return !ours.Exists(own => own.Record.IsSameAs(heard))
            && (
                State == RegistrationState.Probing
                || ours.Exists(own => own.Record.Type == heard.Type && own.Record.Name.Equals(heard.Name))
            );
    }
}

internal enum RegistrationState
{
    /// <summary>RFC 6762 §8.1.</summary>
    Probing,

    /// <summary>RFC 6762 §8.3.</summary>
    Announcing,
    Established,
}
