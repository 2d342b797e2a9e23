using Toss.Core.Ports;
using Toss.Net;
using Toss.Net.Links;
using Toss.Quic;
using Toss.Testing;
using Toss.Testing.Relay;
using Toss.Transport.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Net.Links;

/// <summary>What a relay that is not honest can do with circuits: nothing to those of another, and not without bounds.</summary>
public sealed class CircuitsTests
{
    private static readonly MailboxId Peer = new(7, 7);

    private readonly List<(NetworkPath Path, string Bytes)> _arrived = [];
    private readonly List<NetworkPath> _ended = [];
    private readonly NetworkContext _context = new(
        TimeProvider.System,
        new SeededRandomSource(1),
        new NetworkOptions()
    );
    private readonly Circuits _circuits;

    public CircuitsTests() =>
        _circuits = new Circuits(_context)
        {
            Arrives = (path, bytes, _) => _arrived.Add((path, Convert.ToHexString(bytes))),
            Ends = _ended.Add,
        };

    [Fact]
    public void A_relay_speaks_only_for_its_own_circuits()
    {
        var (one, other) = (Relay("one"), Relay("other"));
        _circuits.Hear(one, new RelayCircuitOpened(1, Peer, default));
        // The same id, and no circuit at all.
        Say(other, 1, [1]);
        _circuits.Hear(other, new RelayCircuitClosed(1));
        Assert.Empty(_arrived);
        Assert.Empty(_ended);

        _circuits.Hear(other, new RelayCircuitOpened(1, Peer, default));
        Say(one, 1, [2]);
        Say(other, 1, [3]);
        Assert.Equal(["02", "03"], _arrived.Select(arrived => arrived.Bytes));
        Assert.Equal(2, _arrived.Select(arrived => arrived.Path).Distinct().Count());
        Assert.Equal(one.Relay, _circuits.RelayOf(_arrived[0].Path));

        _circuits.Forget(other);
        Assert.Equal([_arrived[1].Path], _ended);
        Say(other, 1, [4]);
        Say(one, 1, [5]);
        Assert.Equal("05", _arrived[^1].Bytes);
    }

    [Fact]
    public void A_relay_that_opens_circuits_without_end_is_not_followed()
    {
        var relay = Relay("one");
        for (var id = 1; id <= 10_000; id++)
        {
            _circuits.Hear(relay, new RelayCircuitOpened((UInt128)id, Peer, default));
        }
        for (var id = 1; id <= 10_000; id++)
        {
            Say(relay, (UInt128)id, [1]);
        }
        Assert.Equal(64, _arrived.Count);
    }

    private void Say(RelayConnection relay, UInt128 circuit, byte[] bytes) =>
        _circuits.Hear(relay, new RelayDatagramsArrived(circuit, 1200, bytes));

    private RelayConnection Relay(string name) =>
        new(new Uri($"wss://{name}.example/"), new TestMailboxKey(1).Login(), guest: false, _context, new Nobody());

    private sealed class Nobody : IRelayListener
    {
        public ValueTask StateAsync(
            RelayConnection connection,
            RelayState state,
            RelayRefusal? refusal,
            string? update
        ) => default;

        public ValueTask HandleAsync(RelayConnection connection, ulong generation, RelayEvent happened) => default;

        public ValueTask LostAsync(RelayConnection connection) => default;
    }
}
