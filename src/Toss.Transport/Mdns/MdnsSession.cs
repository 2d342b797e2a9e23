using System.Diagnostics.CodeAnalysis;
using System.Net;
using Toss.Crypto;

namespace Toss.Transport.Mdns;

/// <summary>
/// Multicast DNS on one interface in one family, without a socket: publishes services and finds those of others
/// (RFC 6762, RFC 6763). What comes from another network is not looked at; what does not read as a message neither.
/// Contract: not thread-safe. Mutate once, then poll transmits and events until both say no; <see cref="NextTimeout"/> says
/// when to call <see cref="HandleTimeout"/>.
/// </summary>
public sealed class MdnsSession(LanInterface lan, IRandomSource random)
{
    /// <summary>Own messages that may still come back from the group.</summary>
    private const int MostEchoes = 16;

    /// <summary>What is looked at: a neighbour that sends more costs us the looking, and not the rest.</summary>
    private readonly PacketBudget _looks = new(256, TimeSpan.FromMilliseconds(5));

    private readonly MdnsResponder _responder = new(lan, random);
    private readonly MdnsBrowser _browser = new(lan, random);
    private readonly List<byte[]> _echoes = [];

    public LanInterface Lan { get; } = lan;

    /// <summary>Instances known: bounded, whatever neighbours say.</summary>
    public int Known => _browser.Count;

    public void Publish(MdnsService service, DateTimeOffset now) => _responder.Publish(service, now);

    /// <summary>The very service that was published; says good-bye.</summary>
    public void Withdraw(MdnsService service) => _responder.Withdraw(service);

    /// <summary>Likewise, without a word.</summary>
    public void Forget(MdnsService service) => _responder.Forget(service);

    public void Seek(DnsName type, DateTimeOffset now) => _browser.Seek(type, now);

    public void Unseek(DnsName type) => _browser.Unseek(type);

    /// <summary>An instance that was found is wanted: it is asked for again in time, and strangers do not crowd it out.</summary>
    public void Keep(DnsName instance) => _browser.Keep(instance);

    /// <returns>False if it was not looked at: no message, or not from this network.</returns>
    public bool HandleDatagram(ReadOnlySpan<byte> bytes, IPEndPoint from, DateTimeOffset now)
    {
        if (
            !Lan.IsNear(from.Address)
            || IsEcho(bytes, from)
            || !_looks.TryTake(now)
            || !DnsReader.TryRead(bytes, out var message)
        )
        {
            return false;
        }
        if (!message.IsResponse)
        {
            _responder.HandleQuery(message, from, now);
            if (from.Port == MdnsNames.Port)
            {
                _browser.HandleQuery(message, now);
            }
            return true;
        }
        // RFC 6762 §6: no answer comes from another port.
        if (from.Port != MdnsNames.Port)
        {
            return false;
        }
        _responder.HandleResponse(message, now);
        _browser.HandleResponse(message, now);
        return true;
    }

    public void HandleTimeout(DateTimeOffset now)
    {
        _responder.HandleTimeout(now);
        _browser.HandleTimeout(now);
    }

    public DateTimeOffset? NextTimeout(DateTimeOffset now) =>
        (_responder.NextTimeout, _browser.NextTimeout(now)) switch
        {
            ({ } one, { } other) => one < other ? one : other,
            var (one, other) => one ?? other,
        };

    public bool TryPollTransmit([NotNullWhen(true)] out MdnsTransmit? transmit)
    {
        if (!_responder.TryPollTransmit(out transmit) && !_browser.TryPollTransmit(out transmit))
        {
            return false;
        }
        if (transmit!.To is null)
        {
            if (_echoes.Count >= MostEchoes)
            {
                _echoes.RemoveAt(0);
            }
            _echoes.Add(transmit.Bytes.ToArray());
        }
        return true;
    }

    public bool TryPollEvent([NotNullWhen(true)] out MdnsEvent? happened) => _browser.TryPollEvent(out happened);

    /// <summary>
    /// The group hears us, and we are in it. Each message of ours comes back once: what comes again, from this very machine, is
    /// another program's that says the same.
    /// </summary>
    private bool IsEcho(ReadOnlySpan<byte> bytes, IPEndPoint from)
    {
        if (from.Port == MdnsNames.Port && Lan.IsOwn(from.Address))
        {
            for (var i = 0; i < _echoes.Count; i++)
            {
                if (bytes.SequenceEqual(_echoes[i]))
                {
                    _echoes.RemoveAt(i);
                    return true;
                }
            }
        }
        return false;
    }
}
