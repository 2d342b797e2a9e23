using System.Buffers.Binary;
using System.Net;
using Toss.Testing;
using Toss.Transport.Mapping;
using Xunit;

namespace Toss.Tests.Transport.Mapping;

public sealed class PortMappingTests
{
    private const ushort Port = 41000;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress Client = IPAddress.Parse("192.168.1.7");
    private static readonly IPEndPoint Router = new(IPAddress.Parse("192.168.1.1"), PcpMessage.Port);
    private static readonly IPEndPoint Outside = IPEndPoint.Parse("203.0.113.9:41000");

    private readonly PortMapping _mapping = new(Client, Router, Port, new SeededRandomSource(1), Start);

    [Fact]
    public void A_router_that_gives_a_port_is_asked_again_at_half_of_its_time_and_then_at_half_of_the_rest()
    {
        var request = Single();
        Assert.Equal(PcpMessage.MapSize, request.Length);
        Assert.Equal([2, 1], request[..2]);
        Assert.Equal(7200u, BinaryPrimitives.ReadUInt32BigEndian(request.AsSpan(4)));
        Assert.Equal("::ffff:192.168.1.7", new IPAddress(request.AsSpan(8, 16)).ToString());

        Hear(Pcp(request, Outside, lifetime: 3600), Start);
        Assert.Equal(new MappingStatus(MappingState.Mapped, IsPcp: true, Outside), _mapping.Status);
        Assert.True(_mapping.TryPollEvent(out _));

        // No answer from now on.
        var asked = new List<double>();
        while (_mapping.Status.State == MappingState.Mapped)
        {
            var now = _mapping.NextTimeout;
            _mapping.HandleTimeout(now);
            var again = Single();
            if (_mapping.Status.State == MappingState.Mapped)
            {
                // What it gave is asked for, by the same nonce.
                Assert.Equal(request[24..36], again[24..36]);
                Assert.Equal(Outside.Port, BinaryPrimitives.ReadUInt16BigEndian(again.AsSpan(42)));
                asked.Add((now - Start) / TimeSpan.FromSeconds(3600));
            }
        }
        Assert.InRange(asked[0], 0.5, 0.625);
        Assert.InRange(asked[1], 0.75, 0.8125);
        Assert.InRange(asked[2], 0.875, 0.90625);
        Assert.InRange(asked.Count, 5, 10);
        Assert.True(_mapping.TryPollEvent(out var lost));
        Assert.Equal(new MappingStatus(MappingState.Asking, IsPcp: true), lost);
    }

    [Fact]
    public void Who_does_not_answer_is_asked_by_the_schedule_of_PCP()
    {
        var now = Start;
        var pauses = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            Single();
            pauses.Add((_mapping.NextTimeout - now).TotalSeconds);
            now = _mapping.NextTimeout;
            _mapping.HandleTimeout(now);
        }
        for (var i = 0; i < pauses.Count; i++)
        {
            var expected = Math.Min(3 * Math.Pow(2, i), 1024);
            Assert.InRange(pauses[i], 0.9 * expected, 1.1 * expected);
        }
    }

    [Theory]
    [InlineData("000000010000002a")] // NAT-PMP's, which repeats the opcode or not
    [InlineData("008100010000002a00000000")]
    [InlineData("018100010000000000000000000000000000000000000000")] // PCP of another version
    public void A_router_that_refuses_the_version_is_asked_by_NAT_PMP_nine_times_and_then_by_PCP_again(string refusal)
    {
        Single();
        var bytes = Convert.FromHexString(refusal);
        bytes[1] |= 0x80;
        Hear(bytes, Start);
        Assert.False(_mapping.Status.IsPcp);
        var (now, pauses) = (Start, new List<double>());
        while (!_mapping.Status.IsPcp)
        {
            Assert.Equal(["0000", "00010000a028a02800001c20"], Requests().Select(Convert.ToHexStringLower));
            pauses.Add((_mapping.NextTimeout - now).TotalSeconds);
            now = _mapping.NextTimeout;
            _mapping.HandleTimeout(now);
        }
        Assert.Equal([0.25, 0.5, 1, 2, 4, 8, 16, 32, 64], pauses);
    }

    [Fact]
    public void NAT_PMP_gives_an_address_and_a_port_and_takes_it_back()
    {
        ByNatPmp();
        Hear(Convert.FromHexString("008000000000002acb007109"), Start);
        Hear(Convert.FromHexString("008100000000002aa028a0290000003b"), Start);
        Assert.Equal(MappingState.Refused, _mapping.Status.State); // 59 seconds are none
        _mapping.HandleTimeout(_mapping.NextTimeout);
        ByNatPmp();
        Hear(Convert.FromHexString("008000000000002acb007109"), Start);
        Hear(Convert.FromHexString("008100000000002aa028a02900000e10"), Start);
        Assert.Equal(
            new MappingStatus(MappingState.Mapped, IsPcp: false, IPEndPoint.Parse("203.0.113.9:41001")),
            _mapping.Status
        );

        _mapping.Close();
        Assert.Equal("00010000a028000000000000", Convert.ToHexStringLower(Single()));
        Assert.False(_mapping.TryPollTransmit(out _));
    }

    [Fact]
    public void What_was_given_is_taken_back_with_its_nonce_and_no_lifetime()
    {
        var request = Single();
        Hear(Pcp(request, Outside), Start);
        _mapping.Close();
        var last = Single();
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(last.AsSpan(4)));
        Assert.Equal(request[24..36], last[24..36]);
        _mapping.Close();
        _mapping.HandleTimeout(Start + TimeSpan.FromDays(1));
        Hear(Pcp(request, Outside), Start);
        Assert.False(_mapping.TryPollTransmit(out _));
    }

    [Fact]
    public void What_is_not_from_the_router_or_bears_another_nonce_or_port_changes_nothing()
    {
        var request = Single();
        var answer = Pcp(request, Outside);
        _mapping.HandleAnswer(new IPEndPoint(IPAddress.Parse("192.168.1.2"), PcpMessage.Port), answer, Start);
        _mapping.HandleAnswer(new IPEndPoint(Router.Address, 5350), answer, Start);
        for (var at = 24; at < 42; at++)
        {
            if (at is < 37 or >= 40)
            {
                var changed = (byte[])answer.Clone();
                changed[at] ^= 1;
                Hear(changed, Start);
            }
        }
        Assert.Equal(new MappingStatus(MappingState.Asking, IsPcp: true), _mapping.Status);
        Hear(answer, Start);
        Assert.Equal(MappingState.Mapped, _mapping.Status.State);
        // A version that is refused now is of somebody else, or too late.
        Hear(Convert.FromHexString("008100010000002a"), Start);
        Assert.True(_mapping.Status.IsPcp);
    }

    [Theory]
    [InlineData("0.0.0.0:41000", 7200u)]
    [InlineData("127.0.0.1:41000", 7200u)]
    [InlineData("224.0.0.251:41000", 7200u)]
    [InlineData("255.255.255.255:41000", 7200u)]
    [InlineData("203.0.113.9:0", 7200u)]
    [InlineData("203.0.113.9:41000", 0u)]
    [InlineData("203.0.113.9:41000", 119u)]
    public void An_address_or_a_lifetime_that_is_of_no_use_is_none(string external, uint lifetime)
    {
        Hear(Pcp(Single(), IPEndPoint.Parse(external), lifetime), Start);
        Assert.Equal(MappingState.Refused, _mapping.Status.State);
        Assert.InRange(_mapping.NextTimeout - Start, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(30));
    }

    [Fact]
    public void A_lifetime_of_a_century_is_two_hours()
    {
        Hear(Pcp(Single(), Outside, uint.MaxValue), Start);
        Assert.InRange(_mapping.NextTimeout - Start, TimeSpan.FromHours(1), TimeSpan.FromHours(1.25));
    }

    [Theory]
    [InlineData(0u, 30)]
    [InlineData(300u, 300)]
    [InlineData(uint.MaxValue, 1800)]
    public void A_refusal_stands_for_as_long_as_the_router_says_within_bounds(uint lifetime, int seconds)
    {
        Hear(Pcp(Single(), Outside, lifetime, result: 2), Start);
        Assert.Equal(new MappingStatus(MappingState.Refused, IsPcp: true, null, 2), _mapping.Status);
        Assert.Equal(Start + TimeSpan.FromSeconds(seconds), _mapping.NextTimeout);
        _mapping.HandleTimeout(_mapping.NextTimeout);
        Single();
    }

    [Fact]
    public void What_was_given_stands_though_the_router_refuses_to_give_it_longer()
    {
        var request = Single();
        Hear(Pcp(request, Outside), Start);
        var now = _mapping.NextTimeout;
        _mapping.HandleTimeout(now);
        Single();
        Hear(Pcp(request, Outside, result: 8, epoch: Seconds(now)), now);
        Assert.Equal(MappingState.Mapped, _mapping.Status.State);
        Assert.True(_mapping.NextTimeout > now);
    }

    [Fact]
    public void A_router_that_began_anew_is_asked_at_once_and_not_without_end()
    {
        var request = Single();
        Hear(Pcp(request, Outside, epoch: 5000), Start);
        var later = Start + TimeSpan.FromMinutes(10);
        Hear(Pcp(request, Outside, epoch: 5600), later);
        Assert.False(_mapping.TryPollTransmit(out _));
        // It says something that nobody asked for, and its count began anew.
        Hear(Pcp(request, Outside, epoch: 3), later + TimeSpan.FromSeconds(5));
        Single();
        for (var i = 0u; i < 100; i++)
        {
            Hear(Pcp(request, Outside, epoch: i % 2 * 9000), later + TimeSpan.FromSeconds(6));
        }
        Assert.InRange(Requests().Count(), 0, 1);
    }

    [Fact]
    public void Another_network_has_it_asked_at_once_and_what_changed_is_told()
    {
        var request = Single();
        Hear(Pcp(request, Outside), Start);
        Assert.True(_mapping.TryPollEvent(out _));
        var later = Start + TimeSpan.FromMinutes(1);
        _mapping.Hurry(later);
        Single();
        var moved = IPEndPoint.Parse("203.0.113.77:41003");
        Hear(Pcp(request, moved, epoch: Seconds(later)), later);
        Assert.True(_mapping.TryPollEvent(out var changed));
        Assert.Equal(moved, changed.External);
    }

    private static uint Seconds(DateTimeOffset now) => (uint)(now - Start).TotalSeconds;

    private void ByNatPmp()
    {
        Single();
        Hear(Convert.FromHexString("008100010000002a"), _mapping.NextTimeout);
        Assert.Equal(2, Requests().Count());
    }

    private void Hear(byte[] bytes, DateTimeOffset now) => _mapping.HandleAnswer(Router, bytes, now);

    private byte[] Single() => Assert.Single(Requests());

    private List<byte[]> Requests()
    {
        var requests = new List<byte[]>();
        while (_mapping.TryPollTransmit(out var request))
        {
            requests.Add(request);
        }
        return requests;
    }

    /// <summary>What a router says to a request (RFC 6887 §7.2, §11.1).</summary>
    private static byte[] Pcp(
        byte[] request,
        IPEndPoint external,
        uint lifetime = 7200,
        byte result = 0,
        uint epoch = 0
    )
    {
        var answer = (byte[])request.Clone();
        answer[1] |= 0x80;
        answer[3] = result;
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(4), lifetime);
        answer.AsSpan(8, 16).Clear();
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(8), epoch);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(42), (ushort)external.Port);
        external.Address.MapToIPv6().TryWriteBytes(answer.AsSpan(44), out _);
        return answer;
    }
}
