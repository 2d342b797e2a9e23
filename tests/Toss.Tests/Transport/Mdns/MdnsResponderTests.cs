using System.Net;
using Toss.Transport.Mdns;
using Xunit;

namespace Toss.Tests.Transport.Mdns;

/// <summary>What is published: RFC 6762 §6 to §10, one rule each.</summary>
public sealed class MdnsResponderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly MdnsLan _lan = new();

    [Fact]
    public void Names_are_probed_for_three_times_a_quarter_second_apart_and_then_announced_twice_a_second_apart()
    {
        var a = _lan.Join(1);
        a.Publish(Service(), _lan.Now);
        var begun = _lan.Now;
        _lan.Run(TimeSpan.FromMinutes(1));

        var said = _lan.By(a).ToList();
        Assert.Equal(5, said.Count);
        Assert.Equal([true, true, true, false, false], said.Select(one => one.IsProbe));
        Assert.InRange(said[0].At - begun, TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
        Assert.Equal([250, 250, 250, 1000], Gaps(said));
        Assert.All(said[0].Message.Authorities, record => Assert.False(record.IsUnique));
        Assert.Equal(
            [DnsType.Pointer, DnsType.Service, DnsType.Text, DnsType.A],
            said[3].Message.Answers.Select(record => record.Type)
        );
        Assert.Equal([false, true, true, true], said[3].Message.Answers.Select(record => record.IsUnique));
        Assert.Equal([4500u, 120u, 4500u, 120u], said[3].Message.Answers.Select(record => record.Ttl));
    }

    [Fact]
    public void What_is_shown_is_drawn_and_tells_nothing_that_is_the_same_elsewhere()
    {
        var (a, b) = (Published(1), Published(2));
        var names = new[] { a, b }.Select(session => InstanceOf(session).ToString()).ToList();
        Assert.Equal(2, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[0-9a-f]{16}\\._toss\\._udp\\.local\\.$", name));
    }

    [Fact]
    public void A_question_for_the_type_is_answered_after_20_to_120_ms_with_all_that_is_needed()
    {
        var a = Published(1);
        var asked = _lan.Now;
        _lan.Say(Asking(MdnsNames.Links, DnsType.Pointer));
        _lan.Run(TimeSpan.FromMinutes(1));

        var answer = Assert.Single(Since(a, asked));
        Assert.InRange(answer.At - asked, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(120));
        Assert.Equal([DnsType.Pointer], answer.Message.Answers.Select(record => record.Type));
        Assert.Equal(
            [DnsType.Service, DnsType.Text, DnsType.A],
            answer.Message.Additionals.Select(record => record.Type)
        );
        Assert.Null(answer.To);
    }

    [Fact]
    public void A_question_for_what_is_ours_alone_is_answered_at_once_and_for_what_we_have_not_with_NSEC()
    {
        var a = Published(1);
        var asked = _lan.Now;
        _lan.Say(Asking(InstanceOf(a), DnsType.Service));
        _lan.Say(Asking(InstanceOf(a), DnsType.Aaaa));
        _lan.Run(Second);

        var answers = Since(a, asked).SelectMany(said => said.Message.Answers).ToList();
        Assert.Equal([DnsType.Service, DnsType.Nsec], answers.Select(record => record.Type));
        Assert.All(Since(a, asked), said => Assert.Equal(asked, said.At));
        // RFC 6762 §6.1: the name itself, window 0, and the bits of TXT (16) and SRV (33).
        byte[] bits = [0, 5, 0, 0, 0x80, 0, 0x40];
        Assert.Equal([.. InstanceOf(a).Wire, .. bits], answers[1].Content.ToArray());
    }

    [Fact]
    public void The_types_of_services_are_listed_once_for_all()
    {
        var sessions = Enumerable.Range(1, 5).Select(host => Published((byte)host)).ToList();
        var asked = _lan.Now;
        _lan.Say(Asking(MdnsNames.Types, DnsType.Pointer));
        _lan.Run(Second);

        // The first that speaks speaks for all (RFC 6762 §7.4).
        var said = Assert.Single(_lan.Heard, one => one.At >= asked && one.Message.IsResponse);
        Assert.True(said.Tells(DnsRecord.Pointer(MdnsNames.Types, MdnsNames.Links)));
        Assert.Contains(said.By, sessions);
    }

    [Theory]
    [InlineData(2250, true)] // half of its time
    [InlineData(2249, false)]
    public void What_the_asker_knows_for_half_its_time_is_not_told_again(uint ttl, bool suppressed)
    {
        var a = Published(1);
        var asked = _lan.Now;
        var writer = Asking(MdnsNames.Links, DnsType.Pointer);
        writer.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, InstanceOf(a)) with { Ttl = ttl });
        _lan.Say(writer);
        _lan.Run(Second);
        Assert.Equal(suppressed, !Since(a, asked).Any());
    }

    [Fact]
    public void Known_answers_in_the_message_after_a_truncated_question_count_too()
    {
        var a = Published(1);
        var asked = _lan.Now;
        var bytes = Asking(MdnsNames.Links, DnsType.Pointer).ToArray();
        bytes[2] |= 0x02; // TC
        _lan.Say(bytes);
        _lan.Run(TimeSpan.FromMilliseconds(300));
        var rest = new DnsWriter(isResponse: false);
        rest.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, InstanceOf(a)));
        _lan.Say(rest);
        _lan.Run(Second);
        Assert.Empty(Since(a, asked));
    }

    [Fact]
    public void A_record_goes_to_the_group_once_a_second_however_often_it_is_asked_for()
    {
        var a = Published(1);
        var asked = _lan.Now;
        for (var i = 0; i < 100; i++)
        {
            _lan.Say(Asking(InstanceOf(a), DnsType.Text));
            _lan.Run(TimeSpan.FromMilliseconds(50));
        }
        var sent = Since(a, asked).ToList();
        Assert.InRange(sent.Count, 5, 6);
        Assert.All(Gaps(sent), gap => Assert.True(gap >= 1000, $"{gap} ms"));
    }

    [Fact]
    public void A_flood_of_questions_costs_no_more_than_the_budget()
    {
        var a = Published(1);
        var asked = _lan.Now;
        for (var i = 0; i < 36_000; i++)
        {
            _lan.Say(Asking(MdnsNames.Links, DnsType.Any));
            _lan.Run(TimeSpan.FromMilliseconds(100));
        }
        // An hour: 60 at once, and one every two seconds.
        Assert.InRange(Since(a, asked).Count(), 1000, 1860);
    }

    [Fact]
    public void A_probe_is_answered_before_the_second_is_over()
    {
        var a = Published(1);
        _lan.Say(Asking(InstanceOf(a), DnsType.Service));
        _lan.Run(TimeSpan.FromMilliseconds(300));
        var asked = _lan.Now;
        var probe = Asking(InstanceOf(a), DnsType.Any);
        probe.TryAddAuthority(DnsRecord.Service(InstanceOf(a), 9, DnsName.Of("thief.local")));
        _lan.Say(probe);
        _lan.Run(Second);
        Assert.Equal(asked, Since(a, asked).First().At);
    }

    [Fact]
    public void Who_wants_the_answer_alone_gets_it_alone_while_the_group_remembers()
    {
        var a = Published(1);
        var asked = _lan.Now;
        var ask = new DnsWriter(isResponse: false);
        ask.TryAdd(new DnsQuestion(InstanceOf(a), DnsType.Text, WantsUnicast: true));
        _lan.Say(ask);
        _lan.Run(TimeSpan.FromMinutes(30));
        _lan.Say(ask);
        _lan.Run(Second);
        Assert.Equal([MdnsLan.Stranger, null], Since(a, asked).Select(said => said.To));
    }

    [Fact]
    public void A_plain_resolver_gets_its_own_question_back_and_ten_seconds()
    {
        var a = Published(1);
        var asked = _lan.Now;
        var bytes = Asking(MdnsNames.Links, DnsType.Pointer).ToArray();
        (bytes[0], bytes[1]) = (0x12, 0x34);
        var resolver = new IPEndPoint(MdnsLan.Stranger.Address, 40000);
        _lan.Say(bytes, resolver);
        _lan.Run(Second);

        var answer = Assert.Single(Since(a, asked));
        Assert.Equal(resolver, answer.To);
        Assert.Equal(0x1234, answer.Message.Id);
        Assert.Equal([new DnsQuestion(MdnsNames.Links, DnsType.Pointer)], answer.Message.Questions);
        Assert.Equal(10u, Assert.Single(answer.Message.Answers).Ttl);
    }

    [Fact]
    public void What_is_withdrawn_says_good_bye_and_is_not_told_any_more()
    {
        var a = _lan.Join(1);
        var service = Service();
        a.Publish(service, _lan.Now);
        _lan.Run(TimeSpan.FromSeconds(5));
        var asked = _lan.Now;
        a.Withdraw(service);
        _lan.Run(Second);
        var bye = Assert.Single(Since(a, asked));
        Assert.Equal(4, bye.Message.Answers.Count);
        Assert.All(bye.Message.Answers, record => Assert.Equal(0u, record.Ttl));

        _lan.Say(Asking(MdnsNames.Links, DnsType.Pointer));
        _lan.Run(Second);
        Assert.Single(Since(a, asked));
    }

    [Fact]
    public void What_was_not_announced_yet_goes_without_a_word()
    {
        var a = _lan.Join(1);
        var service = Service();
        a.Publish(service, _lan.Now);
        _lan.Run(TimeSpan.FromMilliseconds(300));
        a.Withdraw(service);
        _lan.Run(TimeSpan.FromMinutes(1));
        Assert.All(_lan.By(a), said => Assert.True(said.IsProbe));
    }

    /// <summary>RFC 6762 §8.2: the greater wins; the loser asks again a second later, and takes another name if it was taken.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_that_probe_for_one_name_at_once_the_greater_gets_it(bool rivalIsGreater)
    {
        var a = _lan.Join(1);
        a.Publish(Service(port: 1000), _lan.Now);
        _lan.Run(TimeSpan.FromMilliseconds(250));
        var wanted = _lan.By(a).First().Message.Questions[0].Name;
        var begun = _lan.Now;
        var probe = Asking(wanted, DnsType.Any);
        probe.TryAddAuthority(DnsRecord.Service(wanted, (ushort)(rivalIsGreater ? 999 : 1001), DnsName.Of("x.local")));
        // TXT counts before SRV, and there the length of its string is the first difference.
        probe.TryAddAuthority(DnsRecord.Text(wanted, rivalIsGreater ? "t=0123456789abcdefg"u8 : "t="u8));
        _lan.Say(probe);
        _lan.Run(TimeSpan.FromSeconds(4));

        var probes = Since(a, begun).Where(said => said.IsProbe).ToList();
        Assert.Equal(rivalIsGreater ? 3 : 2, probes.Count);
        Assert.Equal(rivalIsGreater, probes[0].At - begun >= Second);
        Assert.Equal(wanted, InstanceOf(a));
    }

    [Fact]
    public void Its_own_proposal_is_no_rival()
    {
        var a = _lan.Join(1);
        a.Publish(Service(), _lan.Now);
        _lan.Run(TimeSpan.FromMilliseconds(250));
        // Heard once more, as from a bridge that repeats: the same to the byte.
        _lan.Say(_lan.By(a).First().Bytes);
        _lan.Run(TimeSpan.FromSeconds(4));
        Assert.Equal([250, 250, 250, 1000], Gaps(_lan.By(a)));
    }

    [Theory]
    [InlineData(300)] // while it probes
    [InlineData(5000)] // later
    public void A_name_that_somebody_else_has_is_given_up_for_another(int afterMilliseconds)
    {
        var a = _lan.Join(1);
        a.Publish(Service(), _lan.Now);
        _lan.Run(TimeSpan.FromMilliseconds(afterMilliseconds));
        var wanted = _lan.By(a).First().Message.Questions[0].Name;
        var theirs = new DnsWriter(isResponse: true);
        theirs.TryAddAnswer(DnsRecord.Service(wanted, 99, DnsName.Of("other.local")));
        var begun = _lan.Now;
        _lan.Say(theirs);
        _lan.Run(TimeSpan.FromSeconds(10));

        Assert.NotEqual(wanted, InstanceOf(a));
        Assert.Equal(3, Since(a, begun).Count(said => said.IsProbe));
        Assert.Matches("^[0-9a-f]{16}\\._toss\\._udp", InstanceOf(a).ToString());
    }

    [Fact]
    public void Somebody_who_claims_every_name_slows_us_down_to_one_name_in_five_seconds()
    {
        var a = _lan.Join(1);
        a.Publish(Service(), _lan.Now);
        var begun = _lan.Now;
        var seen = 0;
        while (_lan.Now - begun < TimeSpan.FromHours(1))
        {
            _lan.Run(TimeSpan.FromMilliseconds(100));
            foreach (var said in _lan.By(a).Skip(seen).Where(said => said.IsProbe).ToList())
            {
                var claim = new DnsWriter(isResponse: true);
                claim.TryAddAnswer(DnsRecord.Service(said.Message.Questions[0].Name, 1, DnsName.Of("me.local")));
                _lan.Say(claim);
            }
            seen = _lan.By(a).Count();
        }
        Assert.InRange(seen, 500, 3600 / 5 + 40);
    }

    [Fact]
    public void What_comes_from_another_network_or_an_answer_from_another_port_is_not_looked_at()
    {
        var a = Published(1);
        var ask = Asking(MdnsNames.Links, DnsType.Pointer).ToArray();
        Assert.False(a.HandleDatagram(ask, new IPEndPoint(IPAddress.Parse("192.168.2.9"), 5353), _lan.Now));
        Assert.False(a.HandleDatagram(ask, new IPEndPoint(IPAddress.Parse("fe80::1"), 5353), _lan.Now));
        var answer = new DnsWriter(isResponse: true);
        answer.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, MdnsNames.Links.Below("x")));
        Assert.False(a.HandleDatagram(answer.ToArray(), new IPEndPoint(MdnsLan.Stranger.Address, 1), _lan.Now));
        var asked = _lan.Now;
        _lan.Run(Second);
        Assert.Empty(Since(a, asked));
    }

    private static MdnsService Service(ushort port = 7) => new(MdnsNames.Links, port, "t=0123456789abcdef"u8.ToArray());

    private MdnsSession Published(byte host)
    {
        var session = _lan.Join(host);
        session.Publish(Service(), _lan.Now);
        _lan.Run(TimeSpan.FromSeconds(5));
        return session;
    }

    private IEnumerable<Said> Since(MdnsSession session, DateTimeOffset at) =>
        _lan.By(session).Where(said => said.At >= at);

    /// <summary>As it was announced last.</summary>
    private DnsName InstanceOf(MdnsSession session) =>
        _lan.By(session)
            .SelectMany(said => said.Message.Answers)
            .Last(record => record.Type == DnsType.Pointer && record.Ttl > 0)
            .TryReadPointer(out var instance)
            ? instance
            : throw new InvalidOperationException();

    private static DnsWriter Asking(DnsName name, DnsType type)
    {
        var writer = new DnsWriter(isResponse: false);
        writer.TryAdd(new DnsQuestion(name, type));
        return writer;
    }

    private static IEnumerable<int> Gaps(IEnumerable<Said> said) =>
        said.Zip(said.Skip(1)).Select(pair => (int)(pair.Second.At - pair.First.At).TotalMilliseconds);
}
