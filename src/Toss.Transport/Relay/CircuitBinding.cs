using System.Diagnostics.CodeAnalysis;
using Toss.Wire.Circuits;

namespace Toss.Transport.Relay;

/// <summary>
/// Brings one circuit to a relay's UDP port: asks for a cookie, shows it with a proof that it is the circuit's side, and
/// shows it again while the circuit lives, so that relay and NATs remember. While nobody answers, the circuit goes by the relay's connection, and this tries anew now and then.
/// <code>
/// device              relay
/// Ask             →
///                 ←   Cookie
/// Show            →
///                 ←   Shown          bound; Show again every 5 s
/// </code>
/// Contract: not thread-safe. Mutate once, then poll until false; <see cref="NextTimeout"/> says when to poll again.
/// </summary>
public sealed class CircuitBinding(UInt128 circuit, CircuitSecret secret, DateTimeOffset now)
{
    /// <summary>From a question to the next; then twice as long.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(300);

    /// <summary>The relay forgets after three of these.</summary>
    public static readonly TimeSpan ShowAgain = TimeSpan.FromSeconds(5);

    /// <summary>Where UDP does not pass, it may once somebody moved to another network.</summary>
    public static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(30);

    /// <summary>Questions without an answer: 2 s in all.</summary>
    private const int Tries = 3;

    private byte[]? _cookie;
    private int _tries;
    private DateTimeOffset _dueAt = now;

    /// <summary>Whether the relay takes datagrams of this circuit by UDP.</summary>
    public bool IsBound { get; private set; }

    public DateTimeOffset NextTimeout => _dueAt;

    /// <summary>A packet of this circuit that came from the relay's address. What is out of turn is dropped.</summary>
    public void Handle(CircuitPacketKind kind, ReadOnlySpan<byte> rest, DateTimeOffset now)
    {
        switch (kind)
        {
            case CircuitPacketKind.Cookie when _cookie is null && _tries > 0:
                (_cookie, _tries, _dueAt) = (rest.ToArray(), 0, now);
                break;
            case CircuitPacketKind.Shown when _cookie is not null && _tries > 0:
                (IsBound, _tries, _dueAt) = (true, 0, now + ShowAgain);
                break;
        }
    }

    /// <summary>The next packet for the relay; false if none is due.</summary>
    public bool TryPollTransmit(DateTimeOffset now, [NotNullWhen(true)] out byte[]? packet)
    {
        packet = null;
        if (now < _dueAt)
        {
            return false;
        }
        if (_tries == Tries)
        {
            // A cookie may be too old, or of another port of our NAT: asked for anew at once. Without one nobody is there.
            _dueAt = _cookie is null ? now + RestAfterFailure : now;
            (_cookie, _tries, IsBound) = (null, 0, false);
            if (now < _dueAt)
            {
                return false;
            }
        }
        // What is shown again at once was not answered: until it is, the relay's connection is the surer way.
        IsBound &= _tries == 0;
        _dueAt = now + FirstRetry * (1 << _tries++);
        packet = _cookie is null ? CircuitPacket.Ask(circuit) : CircuitPacket.Show(circuit, _cookie, secret);
        return true;
    }
}
