using System.Diagnostics.CodeAnalysis;
using System.Net;
using Toss.Crypto;
using Toss.Wire;
using Toss.Wire.Stun;

namespace Toss.Transport.Links;

/// <summary>
/// One look at where others see this device's sockets: a STUN Binding request to each server, again while none answers (RFC 8489
/// §6.2.1, but given up sooner: somebody waits for it).
/// <para>
/// What two ports of one server say tells how a NAT maps. The same address for both: it keeps one for whoever is written to, so
/// that a peer can be told where to knock. Different ones: the port that a peer would need is not known before it is used, and
/// knocking at any other is in vain (RFC 4787 §4.1).
/// </para>
/// Contract: not thread-safe. Mutate once, then poll until false; over when <see cref="IsOver"/>.
/// </summary>
public sealed class MappedSearch
{
    /// <summary>From the first request to the second, then twice as long.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(300);

    /// <summary>Until what has not answered counts for nothing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly List<Question> _questions = [];
    private DateTimeOffset _end;

    /// <param name="servers">Where to ask; the two ports of a server are two of them.</param>
    public MappedSearch(IReadOnlyList<IPEndPoint> servers, IRandomSource random, DateTimeOffset now)
    {
        _end = now + Patience;
        foreach (var server in servers)
        {
            var transaction = new byte[StunMessage.TransactionSize];
            random.Fill(transaction);
            _questions.Add(new Question(server, transaction) { DueAt = now, Pause = FirstRetry });
        }
    }

    public bool IsOver(DateTimeOffset now) => now >= _end || _questions.TrueForAll(one => one.Mapped is not null);

    public DateTimeOffset NextTimeout =>
        _questions.Where(one => one.Mapped is null).Select(one => one.DueAt).Append(_end).Min();

    public int Asked => _questions.Count;

    public int Answered => _questions.Count(one => one.Mapped is not null);

    /// <summary>Where this device is seen, each place once.</summary>
    public IReadOnlyList<IPEndPoint> Mapped =>
        [.. _questions.Select(one => one.Mapped).OfType<IPEndPoint>().Distinct()];

    /// <summary>What the answers say about the NAT; servers of one address are one.</summary>
    public NatMapping Mapping(IReadOnlyList<IPEndPoint> locals)
    {
        var answered = _questions.Where(one => one.Mapped is not null).ToList();
        if (answered.Count == 0)
        {
            return NatMapping.Unknown;
        }
        if (answered.TrueForAll(one => locals.Contains(one.Mapped)))
        {
            return NatMapping.None;
        }
        // Only what one server sees over two ports can be compared: another may be on this side of the NAT.
        var compared = answered.GroupBy(one => one.Server.Address).Where(group => group.Count() > 1).ToList();
        return compared.Count == 0 ? NatMapping.Unknown
            : compared.TrueForAll(group => group.Select(one => one.Mapped).Distinct().Count() == 1)
                ? NatMapping.SameForAll
            : NatMapping.DiffersByPeer;
    }

    /// <summary>The next request; false if none is due.</summary>
    public bool TryPollTransmit(
        DateTimeOffset now,
        [NotNullWhen(true)] out IPEndPoint? server,
        [NotNullWhen(true)] out byte[]? request
    )
    {
        foreach (var question in _questions)
        {
            if (question.Mapped is null && now >= question.DueAt && now < _end)
            {
                question.DueAt = now + question.Pause;
                question.Pause *= 2;
                server = question.Server;
                request = new byte[StunMessage.RequestSize];
                StunMessage.WriteRequest(request, question.Transaction);
                return true;
            }
        }
        (server, request) = (null, null);
        return false;
    }

    /// <summary>A datagram that is no QUIC. What does not come from who was asked, or answers nothing, is dropped.</summary>
    public void Handle(IPEndPoint from, ReadOnlySpan<byte> datagram, DateTimeOffset now)
    {
        foreach (var question in _questions)
        {
            if (
                question.Mapped is null
                && question.Server.Equals(from)
                && StunMessage.TryReadSuccess(datagram, question.Transaction, out var mapped)
                && mapped.AddressFamily == from.AddressFamily
            )
            {
                question.Mapped = mapped;
                if (_questions.TrueForAll(one => one.Mapped is not null || !one.Server.Address.Equals(from.Address)))
                {
                    // All is known of one server: others are asked once more, in case they are of a family that leads nowhere.
                    _end = now + FirstRetry < _end ? now + FirstRetry : _end;
                }
                return;
            }
        }
    }

    private sealed record Question(IPEndPoint Server, byte[] Transaction)
    {
        public DateTimeOffset DueAt { get; set; }

        public TimeSpan Pause { get; set; }

        public IPEndPoint? Mapped { get; set; }
    }
}
