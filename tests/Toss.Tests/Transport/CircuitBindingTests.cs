using Toss.Transport.Relay;
using Toss.Wire.Circuits;
using Xunit;

namespace Toss.Tests.Transport;

public sealed class CircuitBindingTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Cookie = [.. Enumerable.Range(1, CircuitPacket.CookieSize).Select(i => (byte)i)];

    private static readonly CircuitSecret Secret = CircuitSecret.TryFrom(Cookie, out var secret) ? secret : default;

    private readonly CircuitBinding _binding = new(7, Secret, Start);

    [Fact]
    public void It_asks_shows_and_shows_again_while_it_is_answered()
    {
        Assert.Equal([CircuitPacketKind.Ask], Polled(Start));
        _binding.Handle(CircuitPacketKind.Cookie, Cookie, Start);
        Assert.True(_binding.TryPollTransmit(Start, out var show));
        Assert.Equal(CircuitPacket.Show(7, Cookie, Secret), show);
        Assert.False(_binding.IsBound);
        for (var now = Start; now < Start + TimeSpan.FromMinutes(1); now += CircuitBinding.ShowAgain)
        {
            _binding.Handle(CircuitPacketKind.Shown, [], now);
            Assert.True(_binding.IsBound);
            Assert.Equal(now + CircuitBinding.ShowAgain, _binding.NextTimeout);
            Assert.Empty(Polled(now));
            Assert.Equal([CircuitPacketKind.Show], Polled(_binding.NextTimeout));
        }
    }

    [Fact]
    public void Unanswered_it_rests_and_tries_anew()
    {
        var asked = 0;
        var now = Start;
        for (; now < Start + TimeSpan.FromSeconds(30); now = _binding.NextTimeout)
        {
            asked += Polled(now).Count;
        }
        Assert.Equal(3, asked);
        Assert.Equal([CircuitPacketKind.Ask], Polled(now));
    }

    [Fact]
    public void A_way_that_is_cut_is_given_up_with_the_first_show_that_nobody_answers()
    {
        Bind();
        var cut = _binding.NextTimeout;
        Assert.Equal([CircuitPacketKind.Show], Polled(cut));
        Assert.True(_binding.IsBound);
        Assert.Equal([CircuitPacketKind.Show], Polled(cut + CircuitBinding.FirstRetry));
        Assert.False(_binding.IsBound);
        // Answered after all: it was one packet that was lost.
        _binding.Handle(CircuitPacketKind.Shown, [], cut + CircuitBinding.FirstRetry);
        Assert.True(_binding.IsBound);
    }

    [Fact]
    public void Behind_another_port_of_the_NAT_a_cookie_is_asked_for_anew()
    {
        Bind();
        var now = _binding.NextTimeout;
        var kinds = new List<CircuitPacketKind>();
        while (!kinds.Contains(CircuitPacketKind.Ask))
        {
            kinds.AddRange(Polled(now));
            now = _binding.NextTimeout;
        }
        Assert.Equal([.. Enumerable.Repeat(CircuitPacketKind.Show, 3), CircuitPacketKind.Ask], kinds);
        _binding.Handle(CircuitPacketKind.Cookie, Cookie, now);
        Assert.Equal([CircuitPacketKind.Show], Polled(now));
    }

    [Fact]
    public void What_nobody_asked_for_changes_nothing()
    {
        _binding.Handle(CircuitPacketKind.Cookie, Cookie, Start);
        _binding.Handle(CircuitPacketKind.Shown, [], Start);
        Assert.False(_binding.IsBound);
        Assert.Equal([CircuitPacketKind.Ask], Polled(Start));
        _binding.Handle(CircuitPacketKind.Shown, [], Start);
        Assert.False(_binding.IsBound);
        _binding.Handle(CircuitPacketKind.Cookie, Cookie, Start);
        _binding.Handle(CircuitPacketKind.Cookie, new byte[CircuitPacket.CookieSize], Start);
        Assert.True(_binding.TryPollTransmit(Start, out var show));
        Assert.Equal(CircuitPacket.Show(7, Cookie, Secret), show);
    }

    private void Bind()
    {
        Polled(Start);
        _binding.Handle(CircuitPacketKind.Cookie, Cookie, Start);
        Polled(Start);
        _binding.Handle(CircuitPacketKind.Shown, [], Start);
        Assert.True(_binding.IsBound);
    }

    private List<CircuitPacketKind> Polled(DateTimeOffset now)
    {
        var kinds = new List<CircuitPacketKind>();
        while (_binding.TryPollTransmit(now, out var packet))
        {
            kinds.Add((CircuitPacketKind)packet[0]);
        }
        return kinds;
    }
}
