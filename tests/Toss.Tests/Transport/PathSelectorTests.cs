using Toss.Transport.Paths;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Transport;

public sealed class PathSelectorTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly PeerPath Present = Path(1) with { PeerSeen = Now };

    [Fact]
    public void What_carries_nothing_is_no_path()
    {
        Assert.Null(Choose(null));
        Assert.Null(Choose(null, Present with { Usable = false }));
        Assert.Equal(Path(2), Choose(null, Present with { Usable = false }, Path(2)));
    }

    [Fact]
    public void Where_the_peer_is_present_beats_a_nearer_place_where_it_is_not()
    {
        var absentLan = Path(2, 1) with { Kind = PathKind.Lan };
        Both(Present with { RoundTrip = TimeSpan.FromMilliseconds(500) }, absentLan, null);
    }

    [Fact]
    public void The_shorter_kind_beats_the_faster_one()
    {
        var lan = Present with { Kind = PathKind.Lan, RoundTrip = TimeSpan.FromMilliseconds(30) };
        var direct = Present with { Kind = PathKind.Direct, RoundTrip = TimeSpan.FromMilliseconds(20) };
        var relay = Present with { RoundTrip = TimeSpan.FromMilliseconds(10) };
        Both(lan, direct, null);
        Both(direct, relay, relay);
    }

    [Fact]
    public void Of_relays_the_peers_home_comes_first_then_ours()
    {
        var (home, ours, other) = (Path(1, 300) with { Rank = 0 }, Path(2, 20) with { Rank = 1 }, Path(3, 1));
        Both(home, ours, ours);
        Both(ours, other, other);
        Both(other with { PeerSeen = Now }, home, home);
    }

    [Fact]
    public void Within_a_kind_the_round_trip_decides_beyond_five_milliseconds()
    {
        var slow = Path(1, 20);
        Both(Path(2, 10), slow, null);
        Both(Path(2, 10), slow, slow);
        Both(slow, Path(2, 16), slow);
        Both(slow, Path(2, 15), slow);
        Both(Path(2, 14), slow, slow);
    }

    [Fact]
    public void Never_measured_is_taken_to_be_slow() => Both(Path(2, 300), Path(1), null);

    [Fact]
    public void Of_two_as_fast_the_one_seen_last()
    {
        var older = Path(1, 10) with { PeerSeen = Now - TimeSpan.FromMinutes(1) };
        var newer = Path(2, 11) with { PeerSeen = Now };
        Both(newer, older, null);
        Both(older, newer, older);
    }

    private static void Both(PeerPath expected, PeerPath other, PeerPath? current)
    {
        Assert.Equal(expected, Choose(current, expected, other));
        Assert.Equal(expected, Choose(current, other, expected));
    }

    private static PeerPath? Choose(PeerPath? current, params PeerPath[] paths) =>
        new PathSelector().TryChoose(paths, current, out var chosen) ? chosen : null;

    private static PeerPath Path(int relay, int? milliseconds = null) =>
        new(PathKind.Relay, Usable: true, PeerSeen: null, milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null)
        {
            Relay = new Uri($"wss://relay{relay}.example.org"),
            Mailbox = new MailboxId(0, (UInt128)relay),
            Rank = 2,
        };
}
