using Toss.Quic;
using Toss.Quic.Protection;
using Toss.Quic.Wire;
using Xunit;

namespace Toss.Tests.Quic.Protection;

public sealed class PacketProtectorTests
{
    private static readonly ConnectionId s_id = new([1, 2, 3, 4, 5, 6, 7, 8]);

    public static TheoryData<int> Suites =>
        [(int)CipherSuite.Aes128GcmSha256, (int)CipherSuite.Aes256GcmSha384, (int)CipherSuite.ChaCha20Poly1305Sha256];

    [Theory]
    [MemberData(nameof(Suites))]
    public void Any_changed_bit_keeps_a_packet_from_opening(int suite)
    {
        using var protector = Handshake((CipherSuite)suite);
        var good = Seal(protector, 7, 40);
        for (var bit = 0; bit < 8 * good.Length; bit++)
        {
            var packet = good.ToArray();
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(OpenStatus.Dropped, protector.Open(packet, PacketNumberOffset, 6, out _));
        }
        Assert.Equal(8 * good.Length, protector.Failed);
        Assert.Equal(OpenStatus.Opened, protector.Open(good, PacketNumberOffset, 6, out _));
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Every_truncation_is_dropped(int suite)
    {
        using var protector = Handshake((CipherSuite)suite);
        var good = Seal(protector, 7, 40);
        for (var length = PacketNumberOffset; length < good.Length; length++)
        {
            Assert.Equal(OpenStatus.Dropped, protector.Open(good[..length], PacketNumberOffset, 6, out _));
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Managed_ciphers_agree_with_the_systems(int suite)
    {
        var size = SuiteParameters.Of((CipherSuite)suite).KeySize;
        var key = Bytes(size, 3);
        using var system = PacketAead.Create((CipherSuite)suite, key);
        using var managed = new ManagedAead((CipherSuite)suite, key);
        Assert.IsNotType<ManagedAead>(system);
        foreach (var length in new[] { 0, 1, 15, 16, 17, 1201, 4003 })
        {
            // The managed ones refuse to seal twice with one nonce.
            var nonce = Bytes(12, (byte)length);
            var (a, b) = (Bytes(length, 5), Bytes(length, 5));
            var (tagA, tagB) = (new byte[16], new byte[16]);
            system.Seal(nonce, key, a, tagA);
            managed.Seal(nonce, key, b, tagB);
            Assert.Equal(a, b);
            Assert.Equal(tagA, tagB);
            Assert.True(managed.TryOpen(nonce, key, a, tagA));
            Assert.Equal(Bytes(length, 5), a);
            tagB[3] ^= 1;
            Assert.False(managed.TryOpen(nonce, key, b, tagB));
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    public void Masks_by_instructions_and_by_the_engine_agree(int keySize)
    {
        if (!AesInstructions.IsSupported)
        {
            Assert.IsType<AesEngineMask>(HeaderMask.Create(CipherSuite.Aes128GcmSha256, Bytes(16, 1)));
            return;
        }
        for (byte seed = 0; seed < 50; seed++)
        {
            using var a = new AesInstructionsMask(Bytes(keySize, seed));
            using var b = new AesEngineMask(Bytes(keySize, seed));
            var (maskA, maskB) = (new byte[5], new byte[5]);
            a.Compute(Bytes(16, (byte)(seed + 1)), maskA);
            b.Compute(Bytes(16, (byte)(seed + 1)), maskB);
            Assert.Equal(maskB, maskA);
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void A_packet_allocates_nothing(int suite)
    {
        var secret = Bytes(SuiteParameters.Of((CipherSuite)suite).SecretSize, 9);
        using var protector = new OneRttProtector((CipherSuite)suite, secret, secret);
        var packet = new byte[1200];
        var status = OpenStatus.Opened;
        void Once(long number)
        {
            var header = PacketWriter.WriteShortHeader(packet, s_id, number, 2);
            protector.TrySeal(packet, header, 2, number);
            status |= protector.Open(packet, header - 2, number - 1, default, TimeSpan.Zero, out _);
        }
        for (var i = 0; i < 100; i++)
        {
            Once(i);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 100; i < 1100; i++)
        {
            Once(i);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(OpenStatus.Opened, status);
    }

    [Fact]
    public void The_smallest_packet_has_a_sample()
    {
        using var protector = Handshake(CipherSuite.Aes128GcmSha256);
        var packet = Seal(protector, 0, HeaderProtection.SmallestPayload(1), 1);
        Assert.Equal(OpenStatus.Opened, protector.Open(packet, PacketNumberOffset, -1, out var opened));
        Assert.Equal(3, opened.PayloadLength);
    }

    [Fact]
    public void Reserved_bits_are_a_violation_only_in_an_authentic_packet()
    {
        using var protector = Handshake(CipherSuite.Aes128GcmSha256);
        var packet = new byte[100];
        var header = PacketWriter.WriteLongHeader(packet, PacketType.Handshake, s_id, s_id, [], 5, 2);
        PacketWriter.SetLength(packet, header, 2);
        packet[0] |= 0x08;
        Assert.True(protector.TrySeal(packet, header, 2, 5));
        Assert.Equal(OpenStatus.ReservedBits, protector.Open(packet, header - 2, 4, out _));
    }

    [Fact]
    public void Both_limits_of_the_cipher_hold()
    {
        var secret = Bytes(32, 1);
        var limits = new AeadLimits(2, 3);
        using var protector = new PacketProtector(CipherSuite.Aes128GcmSha256, secret, secret, limits);
        Seal(protector, 0, 40);
        Seal(protector, 1, 40);
        Assert.False(protector.TrySeal(new byte[100], PacketNumberOffset + 2, 2, 2));
        var bad = new byte[100];
        Assert.Equal(OpenStatus.Dropped, protector.Open(bad.ToArray(), PacketNumberOffset, -1, out _));
        Assert.Equal(OpenStatus.Dropped, protector.Open(bad.ToArray(), PacketNumberOffset, -1, out _));
        Assert.Equal(OpenStatus.LimitReached, protector.Open(bad.ToArray(), PacketNumberOffset, -1, out _));
    }

    [Fact]
    public void One_direction_alone_reads_or_writes()
    {
        using var client = new PacketProtector(CipherSuite.Aes128GcmSha256, Bytes(32, 1), []);
        using var server = new PacketProtector(CipherSuite.Aes128GcmSha256, [], Bytes(32, 1));
        var packet = Seal(client, 3, 30);
        Assert.Equal(OpenStatus.Dropped, client.Open(packet.ToArray(), PacketNumberOffset, 2, out _));
        Assert.Equal(OpenStatus.Opened, server.Open(packet, PacketNumberOffset, 2, out _));
        Assert.Throws<InvalidOperationException>(() => Seal(server, 3, 30));
    }

    private static int PacketNumberOffset => 1 + 4 + 1 + 8 + 1 + 8 + 2;

    private static PacketProtector Handshake(CipherSuite suite)
    {
        var secret = Bytes(SuiteParameters.Of(suite).SecretSize, 7);
        return new PacketProtector(suite, secret, secret);
    }

    private static byte[] Seal(PacketProtector protector, long number, int payload, int length = 2)
    {
        var packet = new byte[PacketNumberOffset + length + payload + 16];
        var header = PacketWriter.WriteLongHeader(packet, PacketType.Handshake, s_id, s_id, [], number, length);
        PacketWriter.SetLength(packet, header, length);
        Assert.True(protector.TrySeal(packet, header, length, number));
        return packet;
    }

    private static byte[] Bytes(int count, byte seed) =>
        [.. Enumerable.Range(0, count).Select(i => (byte)((i * 31) + (seed * 7) + 1))];
}
