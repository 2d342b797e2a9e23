using System.Diagnostics.CodeAnalysis;
using System.Net;
using Toss.Crypto;

namespace Toss.Transport.Mapping;

/// <summary>
/// One port of this machine, opened at one router as long as it is wanted.
/// <para>
/// PCP is tried first (RFC 6887); a router that refuses its version is asked by NAT-PMP (RFC 6886, and RFC 6887 appendix A). Both
/// are repeated as their RFC says: PCP after 3 s, then twice as long each time, at last each 1,024 s; NAT-PMP after 250 ms, nine
/// times. What was given is asked for again when half of its time is over, then when half of the rest is. A router that began anew has
/// forgotten it, which its count of seconds shows. What is not wanted any more is taken back with one request; should that be lost,
/// the mapping ends by itself.
/// </para>
/// <para>
/// Only the router itself is believed, and of PCP only what bears our nonce. Times are bounded to both sides: no router makes this
/// device ask more often than each four seconds, or rely on what was given for more than two hours.
/// </para>
/// Contract: not thread-safe. Mutate once, then poll transmits and events until false. After <see cref="Close"/> there is
/// nothing but what is still to be sent.
/// </summary>
public sealed class PortMapping
{
    /// <summary>RFC 6886 §3.3 recommends it; nobody gets more here.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(2);

    /// <summary>RFC 6887 §15: routers give at least so much. Less is not worth telling peers of.</summary>
    public static readonly TimeSpan LeastLifetime = TimeSpan.FromMinutes(2);

    /// <summary>RFC 6887 §8.1.1: initial and largest time until a request is repeated.</summary>
    public static readonly TimeSpan PcpFirst = TimeSpan.FromSeconds(3);

    public static readonly TimeSpan PcpLast = TimeSpan.FromSeconds(1024);

    /// <summary>RFC 6886 §3.1.</summary>
    public static readonly TimeSpan NatPmpFirst = TimeSpan.FromMilliseconds(250);

    public const int NatPmpTries = 9;

    /// <summary>RFC 6887 §11.2.1: between two renewals.</summary>
    private static readonly TimeSpan s_leastPause = TimeSpan.FromSeconds(4);

    /// <summary>A refusal stands for as long as the router says, but not for a moment only, and not for days.</summary>
    private static readonly TimeSpan s_refusedAtLeast = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_refusedAtMost = TimeSpan.FromMinutes(30);

    private readonly IPAddress _client;
    private readonly IPEndPoint _router;
    private readonly ushort _port;
    private readonly IRandomSource _random;
    private readonly byte[] _nonce = new byte[PcpMessage.NonceSize];
    private readonly ServerEpoch _epoch = new();
    private readonly Queue<byte[]> _requests = new();
    private readonly Queue<MappingStatus> _events = new();
    private bool _isAwaited;
    private bool _isClosed;
    private int _tries;
    private TimeSpan _pause;
    private IPAddress? _address;
    private (DateTimeOffset From, TimeSpan Lifetime) _held;
    private DateTimeOffset _askedAt;

    /// <param name="client">This machine's address towards the router.</param>
    /// <param name="router">Where requests go to.</param>
    /// <param name="port">Of this machine; the same is asked for outside.</param>
    public PortMapping(IPAddress client, IPEndPoint router, ushort port, IRandomSource random, DateTimeOffset now)
    {
        (_client, _router, _port, _random) = (client, router, port, random);
        random.Fill(_nonce);
        Begin(isPcp: true, now);
    }

    public MappingStatus Status { get; private set; } = new(MappingState.Asking, IsPcp: true);

    public DateTimeOffset NextTimeout { get; private set; }

    public void HandleTimeout(DateTimeOffset now)
    {
        if (_isClosed || now < NextTimeout)
        {
            return;
        }
        switch (Status.State)
        {
            case MappingState.Mapped when now >= _held.From + _held.Lifetime:
            case MappingState.Refused:
                Begin(isPcp: true, now);
                break;
            case MappingState.Asking when !Status.IsPcp && _tries >= NatPmpTries:
                Begin(isPcp: true, now);
                break;
            default:
                Ask(now);
                break;
        }
    }

    /// <summary>A datagram that came where requests are sent from. What is no answer to one of ours changes nothing.</summary>
    public void HandleAnswer(IPEndPoint from, ReadOnlySpan<byte> datagram, DateTimeOffset now)
    {
        if (_isClosed || !from.Equals(_router))
        {
            return;
        }
        if (!Status.IsPcp)
        {
            // It has no nonce: what was not asked for now is nobody's.
            if (_isAwaited && NatPmpMessage.TryRead(datagram, out var old))
            {
                HandleNatPmp(old, now);
            }
            return;
        }
        if (!PcpMessage.TryReadMap(datagram, _nonce, out var answer))
        {
            return;
        }
        if (answer is { Result: PcpMessage.UnsupportedVersion, InternalPort: 0 })
        {
            if (_isAwaited && Status.State == MappingState.Asking)
            {
                Begin(isPcp: false, now);
            }
        }
        else if (answer.InternalPort == _port)
        {
            var goesOn = _epoch.GoesOn(answer.Epoch, now);
            if (!_isAwaited && !goesOn && now - _askedAt >= s_leastPause)
            {
                // Something it told before it began anew, or tells since: it is asked once more.
                Ask(now);
                return;
            }
            Handle(answer, now);
        }
    }

    /// <summary>The network may be another, and the router too: it is asked at once.</summary>
    public void Hurry(DateTimeOffset now)
    {
        if (_isClosed)
        {
            return;
        }
        if (Status.State == MappingState.Mapped)
        {
            Ask(now);
        }
        else
        {
            Begin(isPcp: true, now);
        }
    }

    /// <summary>It is not wanted any more.</summary>
    public void Close()
    {
        if (!_isClosed && Status.State == MappingState.Mapped)
        {
            _requests.Enqueue(Map(TimeSpan.Zero));
        }
        _isClosed = true;
        NextTimeout = DateTimeOffset.MaxValue;
    }

    public bool TryPollTransmit([NotNullWhen(true)] out byte[]? request) => _requests.TryDequeue(out request);

    public bool TryPollEvent([NotNullWhen(true)] out MappingStatus? changed) => _events.TryDequeue(out changed);

    private void HandleNatPmp(in MappingAnswer answer, DateTimeOffset now)
    {
        _epoch.GoesOn(answer.Epoch, now);
        if (answer is { Result: 0, External: { } address })
        {
            _address = address;
            return;
        }
        if (answer.Result != 0 || answer.InternalPort == _port)
        {
            // Without the router's address, which a later answer brings, a port is of no use.
            Handle(answer with { External = _address ?? IPAddress.Any }, now);
        }
    }

    private void Handle(in MappingAnswer answer, DateTimeOffset now)
    {
        var isGiven =
            answer is { Result: 0, ExternalPort: > 0, External: { } external }
            && answer.Lifetime >= LeastLifetime
            && IsOfOne(external);
        if (isGiven)
        {
            _isAwaited = false;
            _tries = 1;
            _held = (now, answer.Lifetime < Lifetime ? answer.Lifetime : Lifetime);
            NextTimeout = NextRenewal(now);
            Become(
                new MappingStatus(
                    MappingState.Mapped,
                    Status.IsPcp,
                    new IPEndPoint(answer.External!, answer.ExternalPort)
                )
            );
        }
        else if (
            _isAwaited
            && Status.State == MappingState.Asking
            && (Status.IsPcp || _address is not null || answer.Result != 0)
        )
        {
            // What it gave before stands for its time, whatever it says now.
            _isAwaited = false;
            var stands = answer.Lifetime < s_refusedAtLeast ? s_refusedAtLeast : answer.Lifetime;
            NextTimeout = now + (stands < s_refusedAtMost ? stands : s_refusedAtMost);
            Become(new MappingStatus(MappingState.Refused, Status.IsPcp, null, answer.Result));
        }
    }

    private void Begin(bool isPcp, DateTimeOffset now)
    {
        (_tries, _address) = (0, null);
        Become(new MappingStatus(MappingState.Asking, isPcp));
        Ask(now);
    }

    private void Ask(DateTimeOffset now)
    {
        (_isAwaited, _askedAt) = (true, now);
        if (!Status.IsPcp)
        {
            var address = new byte[NatPmpMessage.AddressRequestSize];
            NatPmpMessage.WriteAddress(address);
            _requests.Enqueue(address);
        }
        _requests.Enqueue(Map(Lifetime));
        _tries++;
        if (Status.State == MappingState.Mapped)
        {
            NextTimeout = NextRenewal(now);
            return;
        }
        var (first, last) = Status.IsPcp ? (PcpFirst, PcpLast) : (NatPmpFirst, NatPmpFirst * (1 << (NatPmpTries - 1)));
        _pause =
            _tries == 1 ? first
            : _pause * 2 < last ? _pause * 2
            : last;
        NextTimeout = now + (Status.IsPcp ? _pause * (1 + ((Draw() - 0.5) / 5)) : _pause);
    }

    /// <summary>RFC 6887 §11.2.1: after a half, three quarters, seven eighths of its time, each up to a part later.</summary>
    private DateTimeOffset NextRenewal(DateTimeOffset now)
    {
        var part = Math.Pow(2, -_tries);
        var at = _held.From + (_held.Lifetime * (1 - part + (Draw() * part / 4)));
        return at - now >= s_leastPause ? at : _held.From + _held.Lifetime;
    }

    private byte[] Map(TimeSpan lifetime)
    {
        var isEnd = lifetime == TimeSpan.Zero;
        if (Status.IsPcp)
        {
            var request = new byte[PcpMessage.MapSize];
            var wanted = Status.External ?? new IPEndPoint(IPAddress.Any, _port);
            PcpMessage.WriteMap(request, _nonce, _client, _port, isEnd ? null : wanted, lifetime);
            return request;
        }
        var old = new byte[NatPmpMessage.MapRequestSize];
        NatPmpMessage.WriteMap(old, _port, (ushort)(isEnd ? 0 : Status.External?.Port ?? _port), lifetime);
        return old;
    }

    private void Become(MappingStatus status)
    {
        if (status != Status)
        {
            Status = status;
            _events.Enqueue(status);
        }
    }

    private double Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        _random.Fill(bytes);
        return BitConverter.ToUInt16(bytes) / (double)ushort.MaxValue;
    }

    /// <summary>An address that a peer could send to.</summary>
    private static bool IsOfOne(IPAddress address) =>
        address.GetAddressBytes() is [not 0 and not 127 and < 224, _, _, _];
}
