using System.Net;
using CsCheck;
using Toss.Transport.Mdns;
using Xunit;

namespace Toss.Tests.Transport.Mdns;

public sealed class DnsMessageTests
{
    private static readonly Gen<DnsName> s_names = Gen.Char['a', 'z']
        .Array[1, 12]
        .Select(letters => new string(letters))
        .Array[1, 4]
        .Select(labels => DnsName.Of(string.Join('.', labels)));

    private static readonly Gen<DnsRecord> s_records = Gen.OneOf(
        Gen.Select(s_names, s_names, DnsRecord.Pointer),
        Gen.Select(s_names, Gen.UShort, s_names, DnsRecord.Service),
        Gen.Select(s_names, Gen.Byte.Array[0, 40], (name, bytes) => DnsRecord.Text(name, bytes)),
        Gen.Select(s_names, Gen.Byte.Array[4], (name, bytes) => DnsRecord.Address(name, new IPAddress(bytes))),
        Gen.Select(s_names, Gen.Byte.Array[16], (name, bytes) => DnsRecord.Address(name, new IPAddress(bytes))),
        Gen.Select(s_names, Gen.UInt[0, 5000], (name, ttl) => DnsRecord.Only(name, ttl, [DnsType.A, DnsType.Text]))
    );

    /// <summary>RFC 1035 §4.1.4: F.ISI.ARPA, FOO.F.ISI.ARPA that points there, ARPA that points into its middle, the root.</summary>
    [Fact]
    public void Names_of_RFC_1035_4_1_4_are_read()
    {
        // Questions instead of the bare names of the example: each name, then type and class.
        byte[] message =
        [
            .. Header(questions: 4),
            .. "\u0001F\u0003ISI\u0004ARPA\0"u8,
            .. TypeAndClass(),
            .. "\u0003FOO"u8,
            0xC0,
            12,
            .. TypeAndClass(),
            0xC0,
            18,
            .. TypeAndClass(),
            0,
            .. TypeAndClass(),
        ];

        Assert.True(DnsReader.TryRead(message, out var read));
        Assert.Equal(
            ["F.ISI.ARPA.", "FOO.F.ISI.ARPA.", "ARPA.", ""],
            read.Questions.Select(question => question.Name.ToString())
        );
    }

    /// <summary>What avahi 0.8 sends when a printer is announced, by hand: pointers, cache-flush bits, three types.</summary>
    [Fact]
    public void An_announcement_is_read_to_its_last_byte()
    {
        byte[] message =
        [
            0,
            0,
            0x84,
            0,
            0,
            0,
            0,
            3,
            0,
            0,
            0,
            0,
            .. "\u0004_ipp\u0004_tcp\u0005local\0"u8,
            0,
            12,
            0,
            1,
            0,
            0,
            0x11,
            0x94,
            0,
            7,
            .. "\u0004Desk"u8,
            0xC0,
            12,
            0xC0,
            0x27,
            0,
            33,
            0x80,
            1,
            0,
            0,
            0,
            120,
            0,
            11,
            0,
            0,
            0,
            0,
            2,
            0x77,
            2,
            .. "pi"u8,
            0xC0,
            0x16,
            0xC0,
            0x40,
            0,
            1,
            0x80,
            1,
            0,
            0,
            0,
            120,
            0,
            4,
            192,
            168,
            1,
            7,
        ]; // csharpier-ignore

        Assert.True(DnsReader.TryRead(message, out var read));
        Assert.True(read.IsResponse);
        Assert.Collection(
            read.Answers,
            pointer =>
            {
                Assert.Equal("_ipp._tcp.local.", pointer.Name.ToString());
                Assert.False(pointer.IsUnique);
                Assert.Equal(4500u, pointer.Ttl);
                Assert.True(pointer.TryReadPointer(out var target));
                Assert.Equal("Desk._ipp._tcp.local.", target.ToString());
            },
            service =>
            {
                Assert.True(service.IsUnique);
                Assert.True(service.TryReadService(out var port, out var host));
                Assert.Equal((631, "pi.local."), (port, host.ToString()));
            },
            address =>
            {
                Assert.Equal("pi.local.", address.Name.ToString());
                Assert.True(address.TryReadAddress(out var read));
                Assert.Equal("192.168.1.7", read.ToString());
            }
        );
    }

    [Fact]
    public void What_is_written_is_read_again() =>
        Gen.Select(s_records.Array[0, 12], s_records.Array[0, 4], s_names.Array[0, 4], Gen.Bool)
            .Sample(
                (answers, authorities, questions, isResponse) =>
                {
                    var writer = new DnsWriter(isResponse);
                    var asked = questions.Select(name => new DnsQuestion(name, DnsType.Any)).ToList();
                    Assert.All(asked, question => Assert.True(writer.TryAdd(question)));
                    Assert.All(answers, record => Assert.True(writer.TryAddAnswer(record)));
                    Assert.All(authorities, record => Assert.True(writer.TryAddAuthority(record)));

                    Assert.True(DnsReader.TryRead(writer.ToArray(), out var read));

                    Assert.Equal(isResponse, read.IsResponse);
                    Assert.Equal(asked, read.Questions);
                    Equal(answers, read.Answers);
                    Equal(authorities, read.Authorities);
                },
                seed: "0000KNy0D3C5"
            );

    [Fact]
    public void What_does_not_fit_is_left_out_and_the_rest_is_whole()
    {
        var writer = new DnsWriter(isResponse: true);
        var fits = 0;
        while (writer.TryAddAnswer(DnsRecord.Text(DnsName.Of($"n{fits}.local"), new byte[200])))
        {
            fits++;
        }
        Assert.True(DnsReader.TryRead(writer.ToArray(), out var read));
        Assert.Equal(fits, read.Answers.Count);
        Assert.InRange(fits, 5, 7);
    }

    [Fact]
    public void Every_cut_of_a_message_is_refused()
    {
        var writer = new DnsWriter(isResponse: true);
        writer.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Links, MdnsNames.Links.Below("abc")));
        writer.TryAddAnswer(DnsRecord.Service(MdnsNames.Links.Below("abc"), 1, DnsName.Of("abc.local")));
        var whole = writer.ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(DnsReader.TryRead(whole.AsSpan(0, length), out _), $"{length}");
        }
        Assert.False(DnsReader.TryRead([.. whole, 0], out _));
    }

    public static TheoryData<string, byte[]> Hostile =>
        new()
        {
            { "a pointer to itself", [.. Header(1), 0xC0, 12, .. TypeAndClass()] },
            { "two pointers to each other", [.. Header(2), 0xC0, 18, .. TypeAndClass(), 0xC0, 12, .. TypeAndClass()] },
            { "a label before a pointer to it", [.. Header(1), 1, (byte)'a', 0xC0, 12, .. TypeAndClass()] },
            { "a pointer into the header", [.. Header(1), 0xC0, 2, .. TypeAndClass()] },
            { "a pointer forward", [.. Header(1), 0xC0, 14, 0, .. TypeAndClass()] },
            { "a label of the kinds nobody uses", [.. Header(1), 0x41, (byte)'a', 0, .. TypeAndClass()] },
            { "a name of more than 255 bytes", [.. Header(1), .. Long(), 0, .. TypeAndClass()] },
            { "more records than a message can hold", [0, 0, 0x84, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0] },
            { "an opcode", [0, 0, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
            { "a response code", [0, 0, 0x84, 3, 0, 0, 0, 0, 0, 0, 0, 0] },
            { "an address of five bytes", [.. Answer(1), 5, 1, 2, 3, 4, 5] },
            { "a pointer record with something behind its name", [.. Answer(12), 2, 0, 0] },
            { "a service without a name", [.. Answer(33), 6, 0, 0, 0, 0, 0, 0] },
            { "a message beyond all sizes", new byte[DnsReader.MaxMessage + 1] },
        };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Nonsense_is_refused(string what, byte[] message) =>
        Assert.False(DnsReader.TryRead(message, out _), what);

    [Fact]
    public void Names_differ_in_more_than_the_case_of_ASCII_letters()
    {
        Assert.Equal(DnsName.Of("_TOSS._udp.Local"), DnsName.Of("_toss._udp.local"));
        Assert.Equal(DnsName.Of("A.b").GetHashCode(), DnsName.Of("a.B").GetHashCode());
        Assert.NotEqual(DnsName.Of("É.local"), DnsName.Of("é.local"));
        Assert.NotEqual(DnsName.Of("a.local"), DnsName.Of("b.local"));
        Assert.Equal(MdnsNames.Links, MdnsNames.Links.Below("x").Parent);
        Assert.Throws<ArgumentException>(() => DnsName.Of(new string('a', 64)));
        Assert.Throws<ArgumentException>(() => DnsName.Of(string.Join('.', Enumerable.Repeat(new string('a', 63), 5))));
    }

    private static void Equal(IEnumerable<DnsRecord> expected, List<DnsRecord> actual)
    {
        Assert.Equal(expected.Count(), actual.Count);
        Assert.All(
            expected.Zip(actual),
            pair =>
            {
                Assert.True(pair.First.IsSameAs(pair.Second));
                Assert.Equal(pair.First.Ttl, pair.Second.Ttl);
            }
        );
    }

    private static byte[] Header(byte questions) => [0, 0, 0, 0, 0, questions, 0, 0, 0, 0, 0, 0];

    private static byte[] Answer(byte type) =>
        [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, (byte)'a', 0, 0, type, 0, 1, 0, 0, 0, 9, 0];

    private static byte[] TypeAndClass() => [0, 12, 0, 1];

    private static IEnumerable<byte> Long() =>
        Enumerable.Repeat((byte[])[63, .. Enumerable.Repeat((byte)'a', 63)], 4).SelectMany(static label => label);
}
