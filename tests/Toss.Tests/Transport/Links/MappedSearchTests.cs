using System.Net;
using Toss.Testing;
using Toss.Transport.Links;
using Toss.Wire;
using Toss.Wire.Stun;
using Xunit;

namespace Toss.Tests.Transport.Links;

public sealed class MappedSearchTests
{
    private static readonly IPEndPoint s_first = IPEndPoint.Parse("198.51.100.1:3478");
    private static readonly IPEndPoint s_second = IPEndPoint.Parse("198.51.100.1:3479");
    private static readonly IPEndPoint s_local = IPEndPoint.Parse("192.168.1.10:5000");
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly MappedSearch _search = new([s_first, s_second], new SeededRandomSource(1), s_start);

    [Theory]
    [InlineData("203.0.113.1:60000", "203.0.113.1:60000", NatMapping.SameForAll, 1)]
    [InlineData("203.0.113.1:60000", "203.0.113.1:60001", NatMapping.DiffersByPeer, 2)]
    [InlineData("192.168.1.10:5000", "192.168.1.10:5000", NatMapping.None, 1)]
    [InlineData("203.0.113.1:60000", null, NatMapping.Unknown, 1)] // one answer cannot be compared
    [InlineData(null, null, NatMapping.Unknown, 0)]
    public void What_two_ports_see_tells_how_a_NAT_maps(string? first, string? second, NatMapping nat, int mapped)
    {
        var requests = Poll(s_start);
        Answer(s_first, requests[s_first], first);
        Answer(s_second, requests[s_second], second);

        Assert.Equal(nat, _search.Mapping([s_local]));
        Assert.Equal(mapped, _search.Mapped.Count);
        Assert.Equal(first is not null && second is not null, _search.IsOver(s_start));
        Assert.True(_search.IsOver(s_start + MappedSearch.Patience));
    }

    [Fact]
    public void A_request_that_is_lost_is_sent_again_until_patience_ends()
    {
        var times = new List<TimeSpan>();
        for (var now = s_start; !_search.IsOver(now); now = _search.NextTimeout)
        {
            times.AddRange(Poll(now).Select(_ => now - s_start));
        }
        Assert.Equal(
            [
                TimeSpan.Zero,
                TimeSpan.Zero,
                MappedSearch.FirstRetry,
                MappedSearch.FirstRetry,
                3 * MappedSearch.FirstRetry,
                3 * MappedSearch.FirstRetry,
            ],
            times
        );
    }

    [Fact]
    public void Only_who_was_asked_is_believed()
    {
        var requests = Poll(s_start);
        Answer(s_second, requests[s_first], "203.0.113.1:60000"); // the other's transaction
        Answer(IPEndPoint.Parse("198.51.100.9:3478"), requests[s_first], "203.0.113.1:60000");
        Answer(s_first, requests[s_first], "[2001:db8::1]:60000"); // of another family
        Assert.Empty(_search.Mapped);

        Answer(s_first, requests[s_first], "203.0.113.1:60000");
        Answer(s_first, requests[s_first], "203.0.113.1:1"); // too late
        Assert.Equal([IPEndPoint.Parse("203.0.113.1:60000")], _search.Mapped);
    }

    private Dictionary<IPEndPoint, byte[]> Poll(DateTimeOffset now)
    {
        var requests = new Dictionary<IPEndPoint, byte[]>();
        while (_search.TryPollTransmit(now, out var server, out var request))
        {
            requests.Add(server, request);
        }
        return requests;
    }

    private void Answer(IPEndPoint from, byte[] request, string? mapped)
    {
        if (mapped is not null)
        {
            var answer = new byte[StunMessage.MaxSize];
            var length = StunMessage.WriteSuccess(answer, request, IPEndPoint.Parse(mapped));
            _search.Handle(from, answer.AsSpan(0, length), s_start);
        }
    }
}
