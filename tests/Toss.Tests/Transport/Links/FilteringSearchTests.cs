using System.Net;
using Toss.Testing;
using Toss.Transport.Links;
using Toss.Wire.Stun;
using Xunit;

namespace Toss.Tests.Transport.Links;

public sealed class FilteringSearchTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly IPEndPoint Server = IPEndPoint.Parse("203.0.113.1:8787");
    private static readonly IPEndPoint OtherPort = IPEndPoint.Parse("203.0.113.1:40123");

    private readonly FilteringSearch _search = new(Server, new SeededRandomSource(1), Start);

    [Fact]
    public void An_answer_from_another_port_was_let_in()
    {
        var request = _search.PollTransmit(Start)!;
        Assert.False(_search.IsOver(Start));
        _search.Handle(OtherPort, Answer(request));
        Assert.True(_search.IsOver(Start));
        Assert.True(_search.LetsOtherPortsIn);
        Assert.Null(_search.PollTransmit(Start + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Three_requests_without_an_answer_say_that_it_is_kept_out()
    {
        var asked = new List<TimeSpan>();
        var now = Start;
        while (!_search.IsOver(now))
        {
            while (_search.PollTransmit(now) is not null)
            {
                asked.Add(now - Start);
            }
            now = _search.NextTimeout;
        }
        Assert.Equal([TimeSpan.Zero, FilteringSearch.Retry, 2 * FilteringSearch.Retry], asked);
        Assert.Equal(Start + 3 * FilteringSearch.Retry, now);
        Assert.False(_search.LetsOtherPortsIn);
    }

    [Fact]
    public void A_relay_that_answers_from_the_port_that_was_asked_tells_nothing()
    {
        _search.Handle(Server, Answer(_search.PollTransmit(Start)!));
        Assert.True(_search.IsOver(Start + TimeSpan.FromMinutes(1)));
        Assert.Null(_search.LetsOtherPortsIn);
    }

    [Fact]
    public void What_is_of_somebody_else_or_of_another_transaction_is_no_answer()
    {
        var request = _search.PollTransmit(Start)!;
        _search.Handle(IPEndPoint.Parse("203.0.113.2:40123"), Answer(request));
        _search.Handle(OtherPort, request);
        request[8] ^= 1;
        _search.Handle(OtherPort, Answer(request));
        Assert.False(_search.IsOver(Start));
        Assert.Null(_search.LetsOtherPortsIn);
    }

    private static byte[] Answer(byte[] request)
    {
        var answer = new byte[StunMessage.MaxSize];
        return answer[..StunMessage.WriteSuccess(answer, request, IPEndPoint.Parse("198.51.100.7:41000"))];
    }
}
