using System.Net;
using Toss.Transport.Mdns;
using Xunit;

namespace Toss.Tests.Transport.Mdns;

/// <summary>What is found: RFC 6762 §5.2, §7.3, §10, one rule each.</summary>
public sealed class MdnsBrowserTests
{
    private static readonly IPEndPoint Far = new(IPAddress.Parse("10.9.9.9"), 5353);

    private readonly MdnsLan _lan = new();

    [Fact]
    public void One_that_comes_finds_one_that_is_there_within_a_quarter_second()
    {
        var (a, _) = (Published(1, port: 4711), 0);
        var b = Seeking(2);
        _lan.Run(TimeSpan.FromMilliseconds(250));
        var found = Assert.IsType<MdnsEvent.Found>(Assert.Single(MdnsLan.EventsOf(b)));
        Assert.Equal([IPEndPoint.Parse("192.168.1.1:4711")], found.EndPoints);
        Assert.True(found.Text.TryReadText("t"u8, out var tag));
        Assert.Equal("0123456789abcdef"u8, tag.Span);
        Assert.NotNull(a);
    }

    [Fact]
    public void One_that_is_there_finds_one_that_comes_by_its_announcement_and_both_need_no_question()
    {
        var b = Seeking(2);
        _lan.Run(TimeSpan.FromMinutes(10));
        var asked = _lan.By(b).Count();
        Published(1, port: 4711);
        Assert.IsType<MdnsEvent.Found>(Assert.Single(MdnsLan.EventsOf(b)));
        Assert.Equal(asked, _lan.By(b).Count());
    }

    [Fact]
    public void Questions_come_more_and_more_rarely_and_at_last_once_an_hour()
    {
        var b = Seeking(2);
        _lan.Run(TimeSpan.FromHours(10));
        var gaps = _lan.By(b).Zip(_lan.By(b).Skip(1)).Select(pair => (pair.Second.At - pair.First.At).TotalSeconds);
        Assert.Equal([1, 3, 9, 27, 81, 243, 729, 2187, 3600, 3600], gaps.Take(10).Select(gap => Math.Round(gap)));
    }

    [Fact]
    public void A_question_that_somebody_else_asks_is_not_asked_again()
    {
        var b = Seeking(2);
        var ask = new DnsWriter(isResponse: false);
        ask.TryAdd(new DnsQuestion(MdnsNames.Links, DnsType.Pointer));
        _lan.Say(ask);
        _lan.Run(TimeSpan.FromMilliseconds(900));
        Assert.Empty(_lan.By(b));

        // But if the other knows what we do not, its question brings us nothing.
        ask.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, MdnsNames.Links.Below("unknown-here")));
        _lan.Say(ask);
        _lan.Run(TimeSpan.FromMilliseconds(200));
        Assert.Single(_lan.By(b));
    }

    [Fact]
    public void What_is_kept_is_asked_for_at_80_85_90_and_95_percent_and_then_given_up()
    {
        var b = Seeking(2);
        _lan.Run(TimeSpan.FromHours(8));
        Tell("x", ttl: 1000);
        b.Keep(MdnsNames.Links.Below("x"));
        var told = _lan.Now;
        MdnsLan.EventsOf(b);
        _lan.Run(TimeSpan.FromSeconds(1100));

        var asked = _lan.By(b).Where(said => said.At > told).Select(said => (said.At - told).TotalSeconds);
        Assert.Equal([800, 850, 900, 950], asked.Select(seconds => Math.Round(seconds)));
        Assert.IsType<MdnsEvent.Lost>(Assert.Single(MdnsLan.EventsOf(b)));
    }

    [Fact]
    public void A_good_bye_counts_a_second_later()
    {
        var a = _lan.Join(1);
        var service = new MdnsService(MdnsNames.Links, 5, "t=0123456789abcdef"u8.ToArray());
        a.Publish(service, _lan.Now);
        var b = Seeking(2);
        _lan.Run(TimeSpan.FromSeconds(10));
        MdnsLan.EventsOf(b);
        a.Withdraw(service);
        _lan.Run(TimeSpan.FromMilliseconds(900));
        Assert.Empty(MdnsLan.EventsOf(b));
        _lan.Run(TimeSpan.FromMilliseconds(200));
        Assert.IsType<MdnsEvent.Lost>(Assert.Single(MdnsLan.EventsOf(b)));
    }

    [Fact]
    public void What_was_only_pointed_at_is_asked_for_until_it_is_whole()
    {
        var b = Seeking(2);
        _lan.Run(TimeSpan.FromHours(8));
        var told = _lan.Now;
        var point = new DnsWriter(isResponse: true);
        point.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, MdnsNames.Links.Below("x")));
        _lan.Say(point);
        _lan.Run(TimeSpan.FromMinutes(10));

        var asked = _lan.By(b).Where(said => said.At > told && said.Message.Questions[0].Type != DnsType.Pointer);
        Assert.Equal(5, asked.Count());
        Assert.All(
            asked,
            said => Assert.Equal([DnsType.Text, DnsType.Service], said.Message.Questions.Select(one => one.Type))
        );
        Assert.Empty(MdnsLan.EventsOf(b));
    }

    [Fact]
    public void An_address_with_the_cache_flush_bit_takes_the_place_of_older_ones()
    {
        var b = Seeking(2);
        Tell("x", address: "192.168.1.50");
        _lan.Run(TimeSpan.FromSeconds(5));
        Tell("x", address: "192.168.1.51");
        _lan.Run(TimeSpan.FromSeconds(5));
        Tell("x", address: "192.168.1.51", port: 8);
        var last = MdnsLan.EventsOf(b).OfType<MdnsEvent.Found>().Last();
        Assert.Equal([IPEndPoint.Parse("192.168.1.51:8")], last.EndPoints);
    }

    [Fact]
    public void An_address_in_another_network_is_nowhere_to_go()
    {
        var b = Seeking(2);
        Tell("x", address: "10.0.0.1");
        Tell("y", address: "192.168.1.60");
        Assert.Equal("y", Label(Assert.Single(MdnsLan.EventsOf(b).OfType<MdnsEvent.Found>())));
    }

    [Fact]
    public void A_flood_of_instances_is_bounded_and_crowds_out_nobody_who_is_kept()
    {
        var b = Seeking(2);
        Tell("friend");
        b.Keep(MdnsNames.Links.Below("friend"));
        for (var i = 0; i < 5_000; i++)
        {
            Tell($"liar{i}", ttl: 1 + (uint)(i % 5000));
            if (i % 10 == 0)
            {
                _lan.Run(TimeSpan.FromMilliseconds(100));
            }
        }
        Assert.InRange(b.Known, 100, 512);
        var events = MdnsLan.EventsOf(b);
        Assert.DoesNotContain(events.OfType<MdnsEvent.Lost>(), lost => lost.Instance.ToString().StartsWith("friend."));
        // 50 s of flood: what it made us ask stays within the budget.
        Assert.InRange(_lan.By(b).Count(), 1, 30 + 5);
    }

    [Fact]
    public void What_nobody_seeks_is_not_kept()
    {
        var b = Seeking(2);
        for (var i = 0; i < 1000; i++)
        {
            var other = new DnsWriter(isResponse: true);
            other.TryAddAnswer(DnsRecord.Pointer(DnsName.Of("_ipp._tcp.local"), DnsName.Of($"p{i}._ipp._tcp.local")));
            other.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, DnsName.Of($"p{i}.elsewhere.local")));
            other.TryAddAnswer(DnsRecord.Service(DnsName.Of($"p{i}._ipp._tcp.local"), 1, DnsName.Of("h.local")));
            _lan.Say(other);
        }
        Assert.Equal(0, b.Known);
    }

    [Fact]
    public void Two_on_one_machine_that_ask_alike_hear_each_other()
    {
        var (a, b) = (_lan.Join(1), _lan.Join(1));
        a.Publish(new MdnsService(MdnsNames.Links, 5, "t=0123456789abcdef"u8.ToArray()), _lan.Now);
        _lan.Run(TimeSpan.FromSeconds(3));
        a.Seek(MdnsNames.Links, _lan.Now);
        b.Seek(MdnsNames.Links, _lan.Now);
        _lan.Run(TimeSpan.FromSeconds(2));
        Assert.IsType<MdnsEvent.Found>(Assert.Single(MdnsLan.EventsOf(b)));
    }

    [Fact]
    public void What_comes_from_afar_is_not_believed()
    {
        var b = Seeking(2);
        var told = Telling("x", 100, "192.168.1.50", 7);
        _lan.Say(told.ToArray(), Far);
        Assert.Equal(0, b.Known);
    }

    private static string Label(MdnsEvent.Found found) => System.Text.Encoding.ASCII.GetString(found.Instance.Label);

    private void Tell(string label, uint ttl = 4500, string address = "192.168.1.50", ushort port = 7) =>
        _lan.Say(Telling(label, ttl, address, port));

    private static DnsWriter Telling(string label, uint ttl, string address, ushort port)
    {
        var instance = MdnsNames.Links.Below(label);
        var host = MdnsNames.Local.Below(label);
        var writer = new DnsWriter(isResponse: true);
        writer.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, instance) with { Ttl = ttl });
        writer.TryAddAnswer(DnsRecord.Service(instance, port, host));
        writer.TryAddAnswer(DnsRecord.Text(instance, "t=0123456789abcdef"u8));
        writer.TryAddAnswer(DnsRecord.Address(host, IPAddress.Parse(address)));
        return writer;
    }

    private MdnsSession Published(byte host, ushort port)
    {
        var session = _lan.Join(host);
        session.Publish(new MdnsService(MdnsNames.Links, port, "t=0123456789abcdef"u8.ToArray()), _lan.Now);
        _lan.Run(TimeSpan.FromSeconds(5));
        return session;
    }

    private MdnsSession Seeking(byte host)
    {
        var session = _lan.Join(host);
        session.Seek(MdnsNames.Links, _lan.Now);
        return session;
    }
}
