using System.Diagnostics.CodeAnalysis;
using Toss.Crypto;

namespace Toss.Transport.Mdns;

/// <summary>
/// Finds the instances of services on one interface (RFC 6762 §5.2, §7, §10; RFC 6763 §4). It asks when it begins, then ever
/// more rarely, at last once an hour; lives by what others ask and by what is announced; and asks again for what it
/// <see cref="Keep"/>s before that runs out. Records that nobody seeks are not kept, addresses outside the network neither.
/// Contract: as <see cref="MdnsSession"/>, which owns it.
/// </summary>
internal sealed class MdnsBrowser(LanInterface lan, IRandomSource random)
{
    /// <summary>Instances known at a time: a circle has at most 256 devices, and the room is everybody's.</summary>
    public const int MostInstances = 512;

    /// <summary>Attempts to learn the rest of an instance that somebody pointed at.</summary>
    private const int MostAsked = 5;

    private static readonly TimeSpan s_firstInterval = TimeSpan.FromSeconds(1);

    /// <summary>By how much the interval grows; RFC 6762 §5.2 demands two at least.</summary>
    private const int Growth = 3;
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromHours(1);

    /// <summary>All questions together. Honest networks need a dozen when a device begins, and then one an hour.</summary>
    private readonly PacketBudget _budget = new(30, TimeSpan.FromSeconds(10));

    private readonly Dictionary<DnsName, Search> _searches = [];
    private readonly Dictionary<DnsName, SoughtInstance> _instances = [];
    private readonly Queue<MdnsEvent> _events = new();
    private readonly Queue<MdnsTransmit> _out = new();
    private DateTimeOffset _askedAt = DateTimeOffset.MinValue;

    public int Count => _instances.Count;

    public DateTimeOffset? NextTimeout(DateTimeOffset now)
    {
        // Not within a second of the last question, and not before the budget allows one.
        var allowed = _budget.NextAt(now);
        if (_askedAt > DateTimeOffset.MinValue && _askedAt + s_firstInterval > allowed)
        {
            allowed = _askedAt + s_firstInterval;
        }
        var ask = DateTimeOffset.MaxValue;
        var expire = DateTimeOffset.MaxValue;
        foreach (var search in _searches.Values)
        {
            ask = Sooner(ask, search.DueAt);
        }
        foreach (var instance in _instances.Values)
        {
            expire = Sooner(expire, instance.NextExpiry);
            ask = Asks(instance) ? Sooner(ask, instance.AskAt) : ask;
            ask = instance is { IsKept: true, Pointer: { } pointer } ? Sooner(ask, pointer.RefreshAt) : ask;
        }
        ask = ask < allowed ? allowed : ask;
        var next = Sooner(ask, expire);
        return next < DateTimeOffset.MaxValue ? next : null;
    }

    public void Seek(DnsName type, DateTimeOffset now) =>
        _searches.TryAdd(type, new Search(now + Soon(), s_firstInterval));

    public void Unseek(DnsName type)
    {
        _searches.Remove(type);
        foreach (var gone in _instances.Values.Where(one => one.Type.Equals(type)).ToList())
        {
            _instances.Remove(gone.Name);
            _events.Enqueue(new MdnsEvent.Lost(gone.Name));
        }
    }

    /// <summary>This one is wanted, and not only there.</summary>
    public void Keep(DnsName instance)
    {
        if (_instances.TryGetValue(instance, out var known))
        {
            known.IsKept = true;
        }
    }

    /// <summary>Somebody else's question may be ours as well (RFC 6762 §7.3).</summary>
    public void HandleQuery(DnsMessage query, DateTimeOffset now)
    {
        if (query.IsTruncated || query.Authorities.Count > 0)
        {
            return;
        }
        foreach (var question in query.Questions)
        {
            if (
                !question.WantsUnicast
                && question.Type == DnsType.Pointer
                && _searches.TryGetValue(question.Name, out var search)
                && query.Answers.TrueForAll(known => IsKnownHere(known, now))
            )
            {
                search.Asked(now);
            }
        }
    }

    public void HandleResponse(DnsMessage response, DateTimeOffset now)
    {
        List<DnsRecord> heard = [.. response.Answers, .. response.Additionals];
        var touched = new HashSet<SoughtInstance>();
        foreach (var record in heard)
        {
            HearPointer(record, now);
        }
        foreach (var record in heard)
        {
            if (
                record.Ttl > 0
                && record.Type is DnsType.Service or DnsType.Text
                && _instances.TryGetValue(record.Name, out var instance)
            )
            {
                instance.Hear(record, now);
                touched.Add(instance);
            }
        }
        // What is elsewhere may be anybody's: nobody sends us there.
        var addresses = heard
            .Where(record => record.Ttl > 0 && record.TryReadAddress(out var address) && lan.IsNear(address))
            .ToLookup(static record => record.Name);
        if (addresses.Count > 0)
        {
            foreach (var instance in _instances.Values.Where(one => one.Host is { } host && addresses.Contains(host)))
            {
                foreach (var record in addresses[instance.Host!])
                {
                    instance.HearAddress(record, now);
                }
                touched.Add(instance);
            }
        }
        foreach (var instance in touched)
        {
            if (instance.News(lan) is { } news)
            {
                _events.Enqueue(news);
            }
        }
    }

    public void HandleTimeout(DateTimeOffset now)
    {
        foreach (var gone in _instances.Values.Where(instance => !instance.Expire(now)).ToList())
        {
            _instances.Remove(gone.Name);
            _events.Enqueue(new MdnsEvent.Lost(gone.Name));
        }
        var isDue =
            _searches.Values.Any(search => search.DueAt <= now)
            || _instances.Values.Any(instance =>
                (Asks(instance) && instance.AskAt <= now)
                || (instance is { IsKept: true, Pointer: { } pointer } && pointer.RefreshAt <= now)
            );
        // Whatever the reason, no question comes twice in a second (RFC 6762 §5.2).
        if (isDue && now - _askedAt >= s_firstInterval && _budget.TryTake(now))
        {
            _askedAt = now;
            Ask(now);
        }
    }

    public bool TryPollTransmit(out MdnsTransmit? transmit) => _out.TryDequeue(out transmit);

    public bool TryPollEvent([NotNullWhen(true)] out MdnsEvent? happened) => _events.TryDequeue(out happened);

    private void HearPointer(DnsRecord record, DateTimeOffset now)
    {
        if (
            !_searches.ContainsKey(record.Name)
            || !record.TryReadPointer(out var name)
            || !name.Parent.Equals(record.Name)
        )
        {
            return;
        }
        if (!_instances.TryGetValue(name, out var instance))
        {
            if (record.Ttl == 0 || !MakeRoom())
            {
                return;
            }
            instance = new SoughtInstance(name, record.Name) { AskAt = now + Soon() };
            _instances.Add(name, instance);
        }
        if (record.Ttl == 0)
        {
            instance.Pointer!.ExpiresAt = now + TimeSpan.FromSeconds(1);
            instance.Pointer.Refreshes = int.MaxValue;
            return;
        }
        instance.Pointer = new CachedRecord(record, now);
    }

    /// <summary>A stranger makes room for another; who is kept does not.</summary>
    private bool MakeRoom()
    {
        if (_instances.Count < MostInstances)
        {
            return true;
        }
        var oldest = _instances
            .Values.Where(static instance => !instance.IsKept)
            .MinBy(static instance => instance.Pointer!.HeardAt);
        if (oldest is null)
        {
            return false;
        }
        _instances.Remove(oldest.Name);
        _events.Enqueue(new MdnsEvent.Lost(oldest.Name));
        return true;
    }

    private void Ask(DateTimeOffset now)
    {
        var writer = new DnsWriter(isResponse: false);
        var types = new HashSet<DnsName>();
        foreach (var (type, search) in _searches)
        {
            var refreshed = _instances
                .Values.Where(one => one.IsKept && one.Type.Equals(type) && one.Pointer!.RefreshAt <= now)
                .ToList();
            if ((search.DueAt <= now || refreshed.Count > 0) && writer.TryAdd(new DnsQuestion(type, DnsType.Pointer)))
            {
                types.Add(type);
                search.Asked(now);
                refreshed.ForEach(static one => one.Pointer!.Refreshes++);
            }
        }
        foreach (var instance in _instances.Values.Where(one => Asks(one) && one.AskAt <= now))
        {
            instance.AskAt = now + (s_firstInterval * (1 << instance.Asked++));
            AskForRest(writer, instance);
        }
        // As many as fit; what is left out is answered once more.
        foreach (var instance in _instances.Values.Where(one => types.Contains(one.Type)))
        {
            if (instance.Pointer is { } known && known.IsKnown(now))
            {
                writer.TryAddAnswer(known.Record with { Ttl = (uint)(known.ExpiresAt - now).TotalSeconds });
            }
        }
        if (!writer.IsEmpty)
        {
            _out.Enqueue(new MdnsTransmit(writer.ToArray(), To: null));
        }
    }

    private void AskForRest(DnsWriter writer, SoughtInstance instance)
    {
        if (instance.Text is null)
        {
            writer.TryAdd(new DnsQuestion(instance.Name, DnsType.Text));
        }
        if (instance.Host is not { } host || instance.Service is null)
        {
            writer.TryAdd(new DnsQuestion(instance.Name, DnsType.Service));
        }
        else if (instance.Addresses.Count == 0)
        {
            writer.TryAdd(new DnsQuestion(host, lan.IsV6 ? DnsType.Aaaa : DnsType.A));
        }
    }

    /// <summary>What was once whole needs no more: who moves says so.</summary>
    private static bool Asks(SoughtInstance instance) =>
        instance is { IsComplete: false, WasTold: false, Asked: < MostAsked };

    private bool IsKnownHere(DnsRecord known, DateTimeOffset now) =>
        known.TryReadPointer(out var target)
        && _instances.TryGetValue(target, out var instance)
        && instance.Pointer!.IsKnown(now);

    private TimeSpan Soon()
    {
        // RFC 6762 §5.2: 20 to 120 ms, so that not all who wake up together ask together.
        Span<byte> drawn = stackalloc byte[1];
        random.Fill(drawn);
        return TimeSpan.FromMilliseconds(20 + (drawn[0] * 100 / byte.MaxValue));
    }

    private static DateTimeOffset Sooner(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    /// <summary>Of one type: when it is asked for.</summary>
    private sealed class Search(DateTimeOffset dueAt, TimeSpan interval)
    {
        public DateTimeOffset DueAt { get; private set; } = dueAt;

        private TimeSpan _interval = interval;

        public void Asked(DateTimeOffset now)
        {
            DueAt = now + _interval;
            _interval = _interval * Growth < s_longestInterval ? _interval * Growth : s_longestInterval;
        }
    }
}
