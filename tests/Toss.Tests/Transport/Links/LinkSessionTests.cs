using System.Buffers.Binary;
using CsCheck;
using Google.Protobuf;
using Toss.Transport.Links;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Transport.Links;

public sealed class LinkSessionTests
{
    private readonly LinkSession _a = new(1);
    private readonly LinkSession _b = new(2);

    [Fact]
    public void Two_sides_open_and_each_learns_the_other_run()
    {
        var (atA, atB) = Exchange();
        Assert.Equal([new LinkEvent.Opened(2)], atA);
        Assert.Equal([new LinkEvent.Opened(1)], atB);
    }

    [Fact]
    public void Envelopes_arrive_in_order_in_whatever_pieces_and_are_taken() =>
        Gen
            .Byte.Array[1, 3000]
            .Array[1, 8]
            .Select(Gen.Int[1, 500])
            .Sample(
                (envelopes, piece) =>
                {
                    var (a, b) = (new LinkSession(1), new LinkSession(2));
                    // The first leave only after the hello.
                    Assert.All(envelopes, envelope => a.Send(envelope));
                    Deliver(b, a, piece);
                    Deliver(a, b, piece);
                    var arrived = Events(b).OfType<LinkEvent.EnvelopeArrived>().ToList();
                    Assert.Equal(envelopes, arrived.Select(one => one.Envelope.ToArray()));
                    Assert.Equal(envelopes.Length, a.Outstanding);
                    b.Acknowledge(arrived[^1].Sequence);
                    Deliver(b, a, piece);
                    Assert.Equal(
                        new LinkEvent.Taken((ulong)envelopes.Length),
                        Events(a).OfType<LinkEvent.Taken>().Single()
                    );
                    Assert.Equal(0, a.Outstanding);
                },
                iter: 200,
                threads: 1
            );

    [Fact]
    public void What_is_said_again_is_no_news()
    {
        _a.Repeat();
        Exchange();
        _a.Send(new byte[] { 1 });
        Deliver(_a, _b, 1000);
        _b.Acknowledge(Events(_b).OfType<LinkEvent.EnvelopeArrived>().Single().Sequence);
        Deliver(_b, _a, 1000);
        Assert.Single(Events(_a).OfType<LinkEvent.Taken>());

        _b.Repeat();
        Assert.True(_b.TryPollTransmit(out var bytes));
        _a.HandleBytes(bytes);
        Assert.Empty(Events(_a));
        // And it goes on.
        _a.Send(new byte[] { 2 });
        Deliver(_a, _b, 1000);
        Assert.Single(Events(_b).OfType<LinkEvent.EnvelopeArrived>());
    }

    [Fact]
    public void Versions_meet_or_say_that_they_do_not()
    {
        var newer = new LinkSession(1, version: 5, oldest: 1);
        Deliver(newer, _b, 1000);
        Assert.Equal([new LinkEvent.Opened(1)], Events(_b));
        var tooNew = new LinkSession(1, version: 5, oldest: 4);
        var other = new LinkSession(2);
        Deliver(tooNew, other, 1000);
        Assert.Equal([new LinkEvent.Failed(LinkError.Version)], Events(other));
        Assert.False(other.TryPollTransmit(out _));
    }

    public static TheoryData<string, byte[]> Bad =>
        new()
        {
            { "no length", [0, 0, 0, 0] },
            { "a negative length", [0xFF, 0xFF, 0xFF, 0xFF] },
            { "too long", [0, 4, 0, 1] },
            { "no frame", [0, 0, 0, 2, 0xFF, 0xFF] },
            { "a second hello", Framed(new LinkFrame { Hello = new LinkHello { Version = 1 } }) },
            { "an envelope out of order", Framed(Envelope(2, [1])) },
            { "an empty envelope", Framed(Envelope(1, [])) },
            { "an envelope too large", Framed(Envelope(1, new byte[Limits.Envelope + 1])) },
            { "taken what was not sent", Framed(new LinkFrame { Taken = new LinkTaken { Sequence = 1 } }) },
        };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_is_no_frame_now_ends_it(string what, byte[] bytes)
    {
        Exchange();
        _a.HandleBytes(bytes);
        Assert.Equal(new LinkEvent.Failed(LinkError.Malformed), Assert.Single(Events(_a)));
        _a.HandleBytes(Framed(Envelope(1, [1])));
        Assert.True(Events(_a).Count == 0, what);
    }

    [Fact]
    public void Nothing_but_a_hello_comes_first()
    {
        _a.HandleBytes(Framed(Envelope(1, [1])));
        Assert.Equal([new LinkEvent.Failed(LinkError.Malformed)], Events(_a));
    }

    private (List<LinkEvent> AtA, List<LinkEvent> AtB) Exchange()
    {
        Deliver(_a, _b, 1000);
        Deliver(_b, _a, 1000);
        return (Events(_a), Events(_b));
    }

    private static void Deliver(LinkSession from, LinkSession to, int piece)
    {
        while (from.TryPollTransmit(out var bytes))
        {
            for (var at = 0; at < bytes.Length; at += piece)
            {
                to.HandleBytes(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
            }
        }
    }

    private static List<LinkEvent> Events(LinkSession session)
    {
        var events = new List<LinkEvent>();
        while (session.TryPollEvent(out var next))
        {
            events.Add(next);
        }
        return events;
    }

    private static LinkFrame Envelope(ulong sequence, byte[] bytes) =>
        new()
        {
            Envelope = new LinkEnvelope { Sequence = sequence, Envelope = ByteString.CopyFrom(bytes) },
        };

    private static byte[] Framed(LinkFrame frame)
    {
        var bytes = new byte[4 + frame.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
        frame.WriteTo(bytes.AsSpan(4));
        return bytes;
    }
}
