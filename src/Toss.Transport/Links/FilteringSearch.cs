using System.Net;
using Toss.Crypto;
using Toss.Wire.Stun;

namespace Toss.Transport.Links;

/// <summary>
/// Whether what stands before this device, a NAT or a firewall, lets in what comes from a port that was never written to, of an address
/// that was (RFC 4787 §5, as RFC 5780 §4.4 finds it out): a server is asked at a port that answers, and is to answer from another one.
/// <para>
/// If that answer comes, a peer whose own NAT draws ports can still get in here, for its packets come from ports that nobody could be
/// told of. If none comes though it was asked for three times, they are kept out. An answer from the port that was asked says nothing.
/// </para>
/// Contract: not thread-safe. Mutate once, then poll until false; over when <see cref="IsOver"/>.
/// </summary>
public sealed class FilteringSearch
{
    /// <summary>Between two requests.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(300);

    /// <summary>Of which each may be lost.</summary>
    public const int Tries = 3;

    private readonly IPEndPoint _server;
    private readonly byte[] _transaction = new byte[StunMessage.TransactionSize];
    private int _asked;
    private DateTimeOffset _dueAt;
    private bool _isIndifferent;

    /// <param name="server">A port that answered a moment ago.</param>
    public FilteringSearch(IPEndPoint server, IRandomSource random, DateTimeOffset now)
    {
        (_server, _dueAt) = (server, now);
        random.Fill(_transaction);
    }

    public DateTimeOffset NextTimeout => _dueAt;

    /// <summary>Null while that is not known, and if it cannot be.</summary>
    public bool? LetsOtherPortsIn { get; private set; }

    public bool IsOver(DateTimeOffset now)
    {
        if (LetsOtherPortsIn is null && !_isIndifferent && _asked == Tries && now >= _dueAt)
        {
            LetsOtherPortsIn = false;
        }
        return LetsOtherPortsIn is not null || _isIndifferent;
    }

    /// <summary>The next request; null if none is due.</summary>
    public byte[]? PollTransmit(DateTimeOffset now)
    {
        if (IsOver(now) || _asked == Tries || now < _dueAt)
        {
            return null;
        }
        _asked++;
        _dueAt = now + Retry;
        var request = new byte[StunMessage.OtherPortRequestSize];
        StunMessage.WriteOtherPortRequest(request, _transaction);
        return request;
    }

    /// <summary>A datagram that is no QUIC. What is not of this server's address, or answers something else, is dropped.</summary>
    public void Handle(IPEndPoint from, ReadOnlySpan<byte> datagram)
    {
        if (
            LetsOtherPortsIn is not null
            || !from.Address.Equals(_server.Address)
            || !StunMessage.TryReadSuccess(datagram, _transaction, out _)
        )
        {
            return;
        }
        if (from.Port == _server.Port)
        {
            _isIndifferent = true;
        }
        else
        {
            LetsOtherPortsIn = true;
        }
    }
}
