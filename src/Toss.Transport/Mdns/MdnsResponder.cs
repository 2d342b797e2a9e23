using System.Net;
using Toss.Crypto;

namespace Toss.Transport.Mdns;

/// <summary>
/// What this device publishes on one interface (RFC 6762 §6, §8, §9): names are probed for before they are ours, announced,
/// answered for, defended, and taken back with a good-bye.
/// <code>
/// Probing ─3 probes, 250 ms apart, nobody objects→ Announcing ─2 announcements, 1 s apart→ Established
///    ↑ a rival's probe counts more: 1 s later; somebody has the name: another name      │
///    └────────────────────────── somebody else's record under our name ─────────────────┘
/// </code>
/// Contract: not thread-safe; as <see cref="MdnsSession"/>, which owns it.
/// </summary>
internal sealed class MdnsResponder(LanInterface lan, IRandomSource random)
{
    private const int Probes = 3;

    /// <summary>That wait: a few records for the group, and a few for askers that want them alone.</summary>
    private const int MostAnswers = 64;
    private const int Announcements = 2;

    /// <summary>Answers that are shared wait, so that not all who have one speak at once (RFC 6762 §6).</summary>
    private static readonly TimeSpan s_sharedAtLeast = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_sharedAtMost = TimeSpan.FromMilliseconds(120);

    /// <summary>After a question whose known answers go on in the next message (RFC 6762 §7.2).</summary>
    private static readonly TimeSpan s_truncatedAtLeast = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_truncatedAtMost = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan s_probeEach = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <summary>After fifteen conflicts, one name in five seconds (RFC 6762 §8.1), for as long as there are more.</summary>
    private static readonly TimeSpan s_slowConflict = TimeSpan.FromSeconds(5);
    private readonly PacketBudget _conflicts = new(15, TimeSpan.FromMinutes(10));

    /// <summary>
    /// Packets with answers: no honest network asks for more, since each record goes once a second at most and devices ask
    /// once an hour.
    /// </summary>
    private readonly PacketBudget _budget = new(60, TimeSpan.FromSeconds(2));

    private readonly List<Registration> _registrations = [];
    private readonly List<Answer> _answers = [];
    private readonly Queue<MdnsTransmit> _out = new();

    public DateTimeOffset? NextTimeout =>
        _registrations
            .Where(one => one.State != RegistrationState.Established)
            .Select(one => (DateTimeOffset?)one.DueAt)
            .Concat(_answers.Select(answer => (DateTimeOffset?)answer.DueAt))
            .Min();

    /// <summary>Begins to probe for it; what was published is in <see cref="Withdraw"/>'s hands.</summary>
    public void Publish(MdnsService service, DateTimeOffset now)
    {
        var registration = new Registration(service, [.. lan.Addresses.Select(own => own.Address)], random);
        Probe(registration, now + (s_probeEach * Draw()));
        _registrations.Add(registration);
    }

    /// <summary>It is no more; said so if anybody may have heard of it (RFC 6762 §10.1).</summary>
    public void Withdraw(MdnsService service)
    {
        foreach (var gone in Take(service).Where(static one => one.IsOurs))
        {
            var writer = new DnsWriter(isResponse: true);
            foreach (var own in gone.All)
            {
                writer.TryAddAnswer(own.Record with { Ttl = 0 });
            }
            _out.Enqueue(new MdnsTransmit(writer.ToArray(), To: null));
        }
    }

    /// <summary>It is no more, and nobody is told.</summary>
    public void Forget(MdnsService service) => Take(service);

    public void HandleQuery(DnsMessage query, IPEndPoint from, DateTimeOffset now)
    {
        if (from.Port != MdnsNames.Port)
        {
            AnswerPlain(query, from, now);
            return;
        }
        foreach (var registration in _registrations.Where(one => one.State == RegistrationState.Probing))
        {
            if (
                query.Authorities.Exists(rival => registration.Owns(rival.Name))
                && registration.LosesTo(query.Authorities)
            )
            {
                // RFC 6762 §8.2: who lost asks again in a second; by then the other has it, or was a ghost.
                Probe(registration, now + s_second);
            }
        }
        var isProbe = query.Authorities.Count > 0;
        foreach (var question in query.Questions)
        {
            foreach (var (own, shared) in AnswersTo(question))
            {
                if (!query.Answers.Exists(known => Suppresses(known, own.Record)))
                {
                    Schedule(own, question, query.IsTruncated, shared, isProbe, from, now);
                }
            }
        }
        if (query.Questions.Count == 0)
        {
            // More known answers of a question that was cut (RFC 6762 §7.2).
            _answers.RemoveAll(answer => query.Answers.Exists(known => Suppresses(known, answer.Own.Record)));
        }
    }

    public void HandleResponse(DnsMessage response, DateTimeOffset now)
    {
        foreach (var heard in response.Answers.Concat(response.Additionals))
        {
            // Somebody else said the same a moment ago (RFC 6762 §7.4).
            _answers.RemoveAll(answer =>
                answer.To is null && heard.Ttl >= answer.Own.Record.Ttl && heard.IsSameAs(answer.Own.Record)
            );
            foreach (var registration in _registrations)
            {
                if (registration.IsContradictedBy(heard))
                {
                    OnConflict(registration, now);
                }
            }
        }
    }

    public void HandleTimeout(DateTimeOffset now)
    {
        foreach (var registration in _registrations)
        {
            if (registration.State != RegistrationState.Established && registration.DueAt <= now)
            {
                Advance(registration, now);
            }
        }
        if (_answers.Exists(answer => answer.DueAt <= now))
        {
            Flush(now);
        }
    }

    public bool TryPollTransmit(out MdnsTransmit? transmit) => _out.TryDequeue(out transmit);

    private List<Registration> Take(MdnsService service)
    {
        var taken = _registrations.Where(one => one.Service == service).ToList();
        foreach (var gone in taken)
        {
            _registrations.Remove(gone);
            _answers.RemoveAll(answer => gone.All.Contains(answer.Own) || gone.Negative.Contains(answer.Own));
        }
        return taken;
    }

    private void Advance(Registration registration, DateTimeOffset now)
    {
        if (registration.State == RegistrationState.Probing && registration.Sent < Probes)
        {
            SendProbe(registration);
            registration.Sent++;
            registration.DueAt = now + s_probeEach;
            return;
        }
        if (registration.State == RegistrationState.Probing)
        {
            (registration.State, registration.Sent) = (RegistrationState.Announcing, 0);
        }
        SendAll(registration, now);
        registration.Sent++;
        registration.DueAt = now + s_second;
        if (registration.Sent >= Announcements)
        {
            registration.State = RegistrationState.Established;
        }
    }

    private void SendProbe(Registration registration)
    {
        var writer = new DnsWriter(isResponse: false);
        writer.TryAdd(new DnsQuestion(registration.Instance, DnsType.Any));
        writer.TryAdd(new DnsQuestion(registration.Host, DnsType.Any));
        foreach (var own in registration.Unique)
        {
            writer.TryAddAuthority(own.Record);
        }
        _out.Enqueue(new MdnsTransmit(writer.ToArray(), To: null));
    }

    private void SendAll(Registration registration, DateTimeOffset now)
    {
        var writer = new DnsWriter(isResponse: true);
        foreach (var own in registration.All)
        {
            if (writer.TryAddAnswer(own.Record))
            {
                own.SentAt = now;
            }
        }
        _out.Enqueue(new MdnsTransmit(writer.ToArray(), To: null));
    }

    private void OnConflict(Registration registration, DateTimeOffset now)
    {
        // A drawn name has no value: another is drawn at once, instead of probing for the old one once more.
        registration.Rename();
        Probe(registration, now + (_conflicts.TryTake(now) ? s_probeEach * Draw() : s_slowConflict));
    }

    private static void Probe(Registration registration, DateTimeOffset at) =>
        (registration.State, registration.Sent, registration.DueAt) = (RegistrationState.Probing, 0, at);

    private IEnumerable<(OwnRecord Own, bool Shared)> AnswersTo(DnsQuestion question)
    {
        var isListed = false;
        foreach (var registration in _registrations.Where(one => one.IsOurs))
        {
            if (question.IsAbout(registration.Pointer.Record))
            {
                yield return (registration.Pointer, true);
            }
            if (
                !isListed
                && question is { Type: DnsType.Pointer or DnsType.Any }
                && question.Name.Equals(MdnsNames.Types)
            )
            {
                isListed = true;
                yield return (ListingOf(registration.Service.Type), true);
            }
            if (!registration.Owns(question.Name))
            {
                continue;
            }
            var found = registration.Unique.Where(own => question.IsAbout(own.Record)).ToList();
            foreach (var own in found.Count > 0 ? found : registration.Negative.Where(Names))
            {
                yield return (own, false);
            }
            bool Names(OwnRecord own) => own.Record.Name.Equals(question.Name);
        }
    }

    private readonly Dictionary<DnsName, OwnRecord> _listings = [];

    private OwnRecord ListingOf(DnsName type)
    {
        if (!_listings.TryGetValue(type, out var own))
        {
            // Two types of ours at most.
            _listings.Add(type, own = new OwnRecord(DnsRecord.Pointer(MdnsNames.Types, type)));
        }
        return own;
    }

    /// <summary>RFC 6762 §7.1: known with at least half of its time left.</summary>
    private static bool Suppresses(DnsRecord known, DnsRecord ours) =>
        known.Ttl >= ours.Ttl / 2 && known.IsSameAs(ours);

    private void Schedule(
        OwnRecord own,
        DnsQuestion question,
        bool isTruncated,
        bool isShared,
        bool isProbe,
        IPEndPoint from,
        DateTimeOffset now
    )
    {
        // To the asker alone only while the group's memory of it is fresh (RFC 6762 §5.4).
        var isFresh = now - own.SentAt < TimeSpan.FromSeconds(own.Record.Ttl) / 4;
        var to = question.WantsUnicast && isFresh ? from : null;
        if (_answers.Count >= MostAnswers || _answers.Exists(answer => answer.Own == own && Equals(answer.To, to)))
        {
            return;
        }
        var due =
            isTruncated ? now + Between(s_truncatedAtLeast, s_truncatedAtMost)
            : isShared ? now + Between(s_sharedAtLeast, s_sharedAtMost)
            : now;
        // A record goes to the group once a second, and to defend a name four times (RFC 6762 §6).
        var rest = own.SentAt + (isProbe ? s_probeEach : s_second);
        if (to is null && own.SentAt > DateTimeOffset.MinValue && due < rest)
        {
            due = rest;
        }
        _answers.Add(new Answer(own, to, due));
    }

    /// <summary>Everything that may go now goes in one message for each receiver.</summary>
    private void Flush(DateTimeOffset now)
    {
        foreach (var group in _answers.Where(answer => answer.DueAt <= now).GroupBy(answer => answer.To).ToList())
        {
            var left = group.Select(answer => answer.Own).ToList();
            _answers.RemoveAll(answer => answer.DueAt <= now && Equals(answer.To, group.Key));
            while (left.Count > 0 && _budget.TryTake(now))
            {
                var writer = new DnsWriter(isResponse: true);
                var fits = left.TakeWhile(own => writer.TryAddAnswer(own.Record)).ToList();
                left.RemoveRange(0, fits.Count);
                fits.AddRange(AddRest(writer, fits, now));
                if (group.Key is null)
                {
                    fits.ForEach(own => own.SentAt = now);
                }
                _out.Enqueue(new MdnsTransmit(writer.ToArray(), group.Key));
            }
        }
    }

    /// <summary>What the asker would ask next (RFC 6763 §12), as far as it fits and was not just said.</summary>
    private List<OwnRecord> AddRest(DnsWriter writer, List<OwnRecord> answers, DateTimeOffset now)
    {
        var added = new List<OwnRecord>();
        foreach (var registration in _registrations.Where(one => one.IsOurs))
        {
            var wants =
                answers.Contains(registration.Pointer) ? registration.Unique
                : answers.Exists(own => own == registration.Unique[0]) ? registration.Unique.Skip(2)
                : [];
            added.AddRange(
                wants.Where(own =>
                    !answers.Contains(own) && now - own.SentAt >= s_second && writer.TryAddAdditional(own.Record)
                )
            );
        }
        return added;
    }

    /// <summary>A resolver that knows nothing of multicast: to it alone, its question repeated, for ten seconds (RFC 6762 §6.7).</summary>
    private void AnswerPlain(DnsMessage query, IPEndPoint from, DateTimeOffset now)
    {
        const uint MostSeconds = 10;
        var answers = query.Questions.SelectMany(AnswersTo).Select(one => one.Own).Distinct().ToList();
        if (answers.Count == 0 || query.Questions.Count != 1 || !_budget.TryTake(now))
        {
            return;
        }
        var writer = new DnsWriter(isResponse: true, query.Id, isPlain: true);
        writer.TryAdd(query.Questions[0] with { WantsUnicast = false });
        foreach (var own in answers)
        {
            writer.TryAddAnswer(own.Record with { Ttl = Math.Min(own.Record.Ttl, MostSeconds) });
        }
        _out.Enqueue(new MdnsTransmit(writer.ToArray(), from));
    }

    private TimeSpan Between(TimeSpan least, TimeSpan most) => least + ((most - least) * Draw());

    private double Draw()
    {
        Span<byte> bytes = stackalloc byte[4];
        random.Fill(bytes);
        return BitConverter.ToUInt32(bytes) / (double)uint.MaxValue;
    }

    private sealed record Answer(OwnRecord Own, IPEndPoint? To, DateTimeOffset DueAt);
}
