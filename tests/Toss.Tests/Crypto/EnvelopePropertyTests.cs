using CsCheck;
using Toss.Crypto.Envelopes;
using Xunit;

namespace Toss.Tests.Crypto;

/// <summary>Random schedules of two parties over a network that loses, delays, reorders and repeats.</summary>
public sealed class EnvelopePropertyTests
{
    private enum Step
    {
        SealByA,
        SealByB,
        DeliverOldest,
        DeliverNewest,
        DeliverMiddle,
        Duplicate,
        Lose,
        RestartA,
        RestartB,
        RenewA,
        RenewB,
    }

    [Fact]
    public void Each_message_is_delivered_at_most_once_and_exactly_those_that_arrive()
    {
        var step = Gen.Frequency(
            (6, Gen.Const(Step.SealByA)),
            (6, Gen.Const(Step.SealByB)),
            (5, Gen.Const(Step.DeliverOldest)),
            (3, Gen.Const(Step.DeliverNewest)),
            (3, Gen.Const(Step.DeliverMiddle)),
            (2, Gen.Const(Step.Duplicate)),
            (2, Gen.Const(Step.Lose)),
            (1, Gen.Const(Step.RestartA)),
            (1, Gen.Const(Step.RestartB))
        );
        FixedSamples.Check(step.List[1, 60], 2, 80, steps => Run(steps, 0));
    }

    [Fact]
    public void Renewals_at_any_time_change_nothing_about_that()
    {
        var step = Gen.Frequency(
            (6, Gen.Const(Step.SealByA)),
            (6, Gen.Const(Step.SealByB)),
            (6, Gen.Const(Step.DeliverOldest)),
            (2, Gen.Const(Step.DeliverMiddle)),
            (1, Gen.Const(Step.Duplicate)),
            (1, Gen.Const(Step.RestartA)),
            (1, Gen.Const(Step.RenewA)),
            (1, Gen.Const(Step.RenewB))
        );
        // Four sessions receive: two if both start at once, and two renewals. A fifth would rightly end the oldest.
        FixedSamples.Check(step.List[1, 60], 3, 80, steps => Run(steps, 2));
    }

    private static void Run(List<Step> steps, int renewalsAllowed)
    {
        var (a, b) = Party.Two((ulong)steps.Count);
        var flying = new List<(byte[] Envelope, bool ToB, string Text)>();
        var delivered = new HashSet<string>();
        var sent = 0;
        var renewals = 0;
        foreach (var step in steps)
        {
            switch (step)
            {
                case Step.SealByA:
                    flying.Add((a.Seal(b, $"a{sent}"), true, $"a{sent++}"));
                    break;
                case Step.SealByB:
                    flying.Add((b.Seal(a, $"b{sent}"), false, $"b{sent++}"));
                    break;
                case Step.DeliverOldest when flying.Count > 0:
                    Deliver(0);
                    break;
                case Step.DeliverNewest when flying.Count > 0:
                    Deliver(flying.Count - 1);
                    break;
                case Step.DeliverMiddle when flying.Count > 0:
                    Deliver(flying.Count / 2);
                    break;
                case Step.Duplicate when flying.Count > 0:
                    flying.Add(flying[flying.Count / 3]);
                    break;
                case Step.Lose when flying.Count > 0:
                    flying.RemoveAt(flying.Count / 2);
                    break;
                case Step.RestartA:
                    a.Restore(a.Snapshot());
                    break;
                case Step.RestartB:
                    b.Restore(b.Snapshot());
                    break;
                case Step.RenewA when renewals++ < renewalsAllowed:
                    a.Sessions.Renew();
                    break;
                case Step.RenewB when renewals++ < renewalsAllowed:
                    b.Sessions.Renew();
                    break;
            }
        }
        while (flying.Count > 0)
        {
            Deliver(0);
        }
        // And they still talk.
        b.MustOpen(a.Seal(b, "end"), "end");
        a.MustOpen(b.Seal(a, "end"), "end");

        void Deliver(int index)
        {
            var (envelope, toB, text) = flying[index];
            flying.RemoveAt(index);
            var reader = toB ? b : a;
            if (delivered.Add(text))
            {
                reader.MustOpen(envelope, text);
            }
            else
            {
                reader.MustRefuse(envelope);
            }
        }
    }

    [Fact]
    public void Padding_hides_all_but_a_few_lengths_and_comes_off_again()
    {
        var sizes = Enumerable.Range(0, 70_000).Select(Padding.PaddedSize).ToList();
        Assert.Equal(Padding.Minimum, sizes[0]);
        Assert.Equal(Padding.Minimum, sizes[Padding.Minimum - 4]);
        Assert.True(sizes[Padding.Minimum - 3] > Padding.Minimum);
        Assert.Equal(sizes.Order(), sizes);
        Assert.True(sizes.Distinct().Count() < 110);
        for (var length = Padding.Minimum; length < sizes.Count; length++)
        {
            Assert.InRange(sizes[length], length + 4, (length + 4) * 1.12);
        }
        FixedSamples.Check(
            Gen.Int[0, 5000],
            4,
            50,
            length =>
            {
                var plaintext = Party.Text(new string('x', length));
                var padded = Padding.Pad(plaintext, plaintext.CalculateSize());
                Assert.True(Padding.TryUnpad(padded, out var back));
                Assert.Equal(plaintext, back);
                Assert.False(Padding.TryUnpad(padded.AsSpan(1), out _));
                Assert.False(Padding.TryUnpad([.. padded, 0], out _));
                Assert.False(Padding.TryUnpad([.. padded[..^1], 1], out _));
            }
        );
    }
}
