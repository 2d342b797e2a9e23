using Toss.Quic;
using Toss.Quic.Protection;
using Toss.Quic.Wire;
using Xunit;

namespace Toss.Tests.Quic.Protection;

/// <summary>RFC 9001 §6, with two ends that hold each other's secrets.</summary>
public sealed class KeyUpdateTests : IDisposable
{
    private static readonly TimeSpan s_pto = TimeSpan.FromMilliseconds(100);
    private static readonly byte[] s_clientSecret = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] s_serverSecret = [.. Enumerable.Repeat((byte)2, 32)];

    private readonly OneRttProtector _client = new(CipherSuite.Aes128GcmSha256, s_clientSecret, s_serverSecret);
    private readonly OneRttProtector _server = new(CipherSuite.Aes128GcmSha256, s_serverSecret, s_clientSecret);
    private readonly Instant _now = new(1_000_000);

    public KeyUpdateTests()
    {
        (_client.IsHandshakeConfirmed, _server.IsHandshakeConfirmed) = (true, true);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Fact]
    public void An_update_goes_around_and_packets_that_were_late_still_open()
    {
        Exchange();
        var late = Seal(_client, 10);
        Assert.True(_client.TryUpdate(_now));
        var first = Seal(_client, 11);
        Assert.Equal((OpenStatus.Opened, 1), Open(_server, first, 9));
        Assert.Equal((1, 1), (_server.WriteGeneration, _server.ReadGeneration));
        Assert.Equal((OpenStatus.Opened, 0), Open(_server, late, 11));
        Assert.Equal((1, 0), (_client.WriteGeneration, _client.ReadGeneration));

        // The server's answer may be overtaken too.
        Assert.Equal((OpenStatus.Opened, 1), Open(_client, Seal(_server, 20), 9));
        Assert.Equal((1, 1), (_client.WriteGeneration, _client.ReadGeneration));
    }

    [Fact]
    public void Old_keys_are_kept_for_three_probe_timeouts()
    {
        Exchange();
        var (late, tooLate) = (Seal(_client, 10), Seal(_client, 11));
        Assert.True(_client.TryUpdate(_now));
        Open(_server, Seal(_client, 12), 9);
        Assert.Equal(_now + (s_pto * 3), _server.OldKeysUntil);
        var justBefore = _server.OldKeysUntil - TimeSpan.FromTicks(1);
        Assert.Equal(OpenStatus.Opened, OpenAt(_server, late, 12, justBefore));
        Assert.Equal(OpenStatus.Dropped, OpenAt(_server, tooLate, 12, _server.OldKeysUntil));
        Assert.Equal(Instant.Never, _server.OldKeysUntil);
        Assert.Equal(0, _server.Failed);
    }

    [Fact]
    public void No_update_starts_before_it_may()
    {
        _client.IsHandshakeConfirmed = false;
        Exchange();
        Assert.False(_client.TryUpdate(_now));
        _client.IsHandshakeConfirmed = true;
        Assert.True(_client.TryUpdate(_now));
        // Not answered, not acknowledged.
        Assert.False(_client.TryUpdate(_now));
        Open(_server, Seal(_client, 10), 9);
        Assert.False(_server.TryUpdate(_now));
        Open(_client, Seal(_server, 10), 9);
        Assert.False(_client.TryUpdate(_now));
        Assert.True(_client.OnAcknowledged(10, 1));
        // Acknowledged, but old keys are kept.
        Assert.False(_client.TryUpdate(_now));
        Assert.True(_client.TryUpdate(_client.OldKeysUntil));
        Assert.Equal(2, _client.WriteGeneration);
    }

    [Fact]
    public void Many_updates_by_turns()
    {
        Exchange();
        var now = _now;
        for (var i = 1; i <= 20; i++)
        {
            var (starter, other) = i % 2 == 0 ? (_client, _server) : (_server, _client);
            Assert.True(starter.TryUpdate(now));
            var number = 100 * i;
            Assert.Equal(OpenStatus.Opened, OpenAt(other, Seal(starter, number), number - 100, now));
            Assert.Equal(OpenStatus.Opened, OpenAt(starter, Seal(other, number), number - 100, now));
            Assert.True(starter.OnAcknowledged(number, i));
            Assert.True(other.OnAcknowledged(number, i));
            Assert.Equal((i, i), (other.WriteGeneration, other.ReadGeneration));
            Assert.Equal((i, i), (starter.WriteGeneration, starter.ReadGeneration));
            now += s_pto * 3;
        }
    }

    [Fact]
    public void Packets_in_any_order_open_once_each_under_the_keys_they_were_sealed_with()
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            using var sender = new OneRttProtector(CipherSuite.Aes128GcmSha256, s_clientSecret, s_serverSecret);
            using var receiver = new OneRttProtector(CipherSuite.Aes128GcmSha256, s_serverSecret, s_clientSecret);
            sender.IsHandshakeConfirmed = true;
            Seal(receiver, 0);
            var packets = new List<(byte[] Bytes, int Generation)>();
            for (var number = 0; number < 20; number++)
            {
                packets.Add((Seal(sender, number), 0));
            }
            sender.OnAcknowledged(19, 0);
            Assert.True(sender.TryUpdate(_now));
            for (var number = 20; number < 40; number++)
            {
                packets.Add((Seal(sender, number), 1));
            }
            new Random(seed).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(packets));
            foreach (var (bytes, generation) in packets)
            {
                Assert.Equal((OpenStatus.Opened, generation), Open(receiver, bytes, 20));
            }
        }
    }

    [Fact]
    public void A_peer_that_updates_before_it_heard_anything_is_an_error()
    {
        Open(_server, Seal(_client, 0), -1);
        _client.OnAcknowledged(0, 0);
        Assert.True(_client.TryUpdate(_now));
        Assert.Equal(OpenStatus.KeyUpdateError, Open(_server, Seal(_client, 1), 0).Status);
    }

    [Fact]
    public void A_peer_that_updates_twice_without_an_answer_is_an_error()
    {
        Exchange();
        Assert.True(_client.TryUpdate(_now));
        Open(_server, Seal(_client, 10), 9);
        // The client pretends that it was answered: the server sealed nothing under the new keys that it could have heard.
        using var twin = new OneRttProtector(CipherSuite.Aes128GcmSha256, s_serverSecret, s_clientSecret);
        Seal(twin, 1);
        Open(twin, Seal(_client, 11), 9);
        Open(_client, Seal(twin, 12), 9);
        _client.OnAcknowledged(11, 1);
        Assert.True(_client.TryUpdate(_client.OldKeysUntil));
        Assert.Equal(OpenStatus.KeyUpdateError, Open(_server, Seal(_client, 13), 11).Status);
    }

    [Fact]
    public void New_keys_on_a_lower_number_are_an_error()
    {
        Exchange();
        Open(_server, Seal(_client, 30), 9);
        Assert.True(_client.TryUpdate(_now));
        Assert.Equal(OpenStatus.KeyUpdateError, Open(_server, Seal(_client, 20), 30).Status);
    }

    [Fact]
    public void New_keys_on_a_lower_number_are_an_error_too_after_the_update()
    {
        Exchange();
        Open(_server, Seal(_client, 30), 9);
        Assert.True(_client.TryUpdate(_now));
        Assert.Equal(OpenStatus.Opened, Open(_server, Seal(_client, 40), 30).Status);
        Assert.Equal(OpenStatus.KeyUpdateError, Open(_server, Seal(_client, 20), 40).Status);
    }

    [Fact]
    public void Old_keys_on_a_higher_number_are_an_error()
    {
        Exchange();
        var old = Seal(_client, 50);
        Assert.True(_client.TryUpdate(_now));
        Assert.Equal(OpenStatus.Opened, Open(_server, Seal(_client, 40), 9).Status);
        Assert.Equal(OpenStatus.KeyUpdateError, Open(_server, old, 40).Status);
    }

    [Fact]
    public void An_acknowledgement_of_new_keys_under_old_ones_is_an_error()
    {
        Exchange();
        Assert.True(_client.TryUpdate(_now));
        Seal(_client, 10);
        Assert.True(_client.OnAcknowledged(9, 0));
        Assert.False(_client.OnAcknowledged(10, 0));
        Assert.True(_client.OnAcknowledged(10, 1));
    }

    [Fact]
    public void A_forged_key_phase_changes_nothing()
    {
        Exchange();
        var packet = Seal(_client, 10);
        for (var bit = 0; bit < 8 * packet.Length; bit++)
        {
            var forged = packet.ToArray();
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(OpenStatus.Dropped, Open(_server, forged, 9).Status);
        }
        Assert.Equal((0, 0), (_server.WriteGeneration, _server.ReadGeneration));
        Assert.Equal(OpenStatus.Opened, Open(_server, packet, 9).Status);
    }

    [Fact]
    public void The_limit_of_a_key_asks_for_an_update_and_then_ends_it()
    {
        var limits = new AeadLimits(4, 100);
        using var end = new OneRttProtector(CipherSuite.Aes128GcmSha256, s_clientSecret, s_serverSecret, limits);
        end.IsHandshakeConfirmed = true;
        Seal(end, 0);
        Assert.False(end.WantsUpdate);
        Seal(end, 1);
        Assert.True(end.WantsUpdate);
        Seal(end, 2);
        Seal(end, 3);
        Assert.False(end.TrySeal(new byte[60], 10, 2, 4));
        end.OnAcknowledged(3, 0);
        Assert.True(end.TryUpdate(_now));
        Assert.False(end.WantsUpdate);
        Seal(end, 4);
    }

    [Fact]
    public void Failures_of_all_levels_count_together()
    {
        var limits = new AeadLimits(100, 10);
        using var end = new OneRttProtector(CipherSuite.Aes128GcmSha256, s_clientSecret, s_serverSecret, limits);
        end.AddFailed(8);
        Assert.Equal(OpenStatus.Dropped, Open(end, new byte[60], -1).Status);
        Assert.Equal(OpenStatus.LimitReached, Open(end, new byte[60], -1).Status);
    }

    /// <summary>Each end heard a packet of the other, and knows it.</summary>
    private void Exchange()
    {
        Assert.Equal(OpenStatus.Opened, Open(_server, Seal(_client, 9), 8).Status);
        Assert.Equal(OpenStatus.Opened, Open(_client, Seal(_server, 9), 8).Status);
        Assert.True(_client.OnAcknowledged(9, 0));
        Assert.True(_server.OnAcknowledged(9, 0));
    }

    private static byte[] Seal(OneRttProtector by, long number)
    {
        var packet = new byte[60];
        var header = PacketWriter.WriteShortHeader(packet, new ConnectionId([1, 2, 3, 4]), number, 2);
        packet[header] = 1;
        Assert.True(by.TrySeal(packet, header, 2, number));
        return packet;
    }

    private (OpenStatus Status, long Generation) Open(OneRttProtector by, byte[] packet, long largest)
    {
        var status = by.Open(packet, 5, largest, _now, s_pto, out var opened);
        return (status, opened.KeyGeneration);
    }

    private static OpenStatus OpenAt(OneRttProtector by, byte[] packet, long largest, Instant now) =>
        by.Open(packet, 5, largest, now, s_pto, out _);
}
