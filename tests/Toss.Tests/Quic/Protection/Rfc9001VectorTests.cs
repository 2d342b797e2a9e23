using Toss.Quic;
using Toss.Quic.Protection;
using Toss.Quic.Wire;
using Xunit;

namespace Toss.Tests.Quic.Protection;

/// <summary>RFC 9001 appendix A.</summary>
public sealed class Rfc9001VectorTests
{
    private const string ClientHelloFrame =
        "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c"
        + "00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006"
        + "001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa4"
        + "7fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e040305"
        + "0306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ff"
        + "ff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff";

    private static readonly ConnectionId s_client = new(Hex("8394c8f03e515708"));

    [Fact]
    public void A1_initial_secrets_and_keys()
    {
        Span<byte> client = stackalloc byte[32];
        Span<byte> server = stackalloc byte[32];
        KeyDerivation.InitialSecrets(s_client.Span, client, server);
        Assert.Equal(Hex("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea"), client.ToArray());
        Assert.Equal(Hex("3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b"), server.ToArray());
        Assert.Equal("1f369613dd76d5467730efcbe3b1a22d", Expand(client, "quic key"u8, 16));
        Assert.Equal("fa044b2f42a3fd3b46fb255c", Expand(client, "quic iv"u8, 12));
        Assert.Equal("9f50449e04a0e810283a1e9933adedd2", Expand(client, "quic hp"u8, 16));
        Assert.Equal("cf3a5331653c364c88f0f379b6067e37", Expand(server, "quic key"u8, 16));
        Assert.Equal("0ac1493ca1905853b0bba03e", Expand(server, "quic iv"u8, 12));
        Assert.Equal("c206b8d9b9f0f37644430b490eeaa314", Expand(server, "quic hp"u8, 16));
    }

    [Fact]
    public void A2_client_initial()
    {
        using var protector = PacketProtector.Initial(s_client, isServer: false);
        var packet = new byte[1200];
        var header = PacketWriter.WriteLongHeader(packet, PacketType.Initial, s_client, default, [], 2, 4);
        PacketWriter.SetLength(packet, header, 4);
        Assert.Equal(Hex("c300000001088394c8f03e5157080000449e00000002"), packet[..header]);
        Hex(ClientHelloFrame).CopyTo(packet, header);
        Assert.True(protector.TrySeal(packet, header, 4, 2));
        // The tag at the end covers what is not compared byte by byte.
        Assert.Equal(
            Hex(
                "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c"
                    + "0bab7df5976d27cd449f63300099f3991c260ec4c60d17b31f8429157bb35a1282a643a8d2262cad67500cadb8e7378c"
                    + "8eb7539ec4d4905fed1bee1fc8aafba17c750e2c7ace01e6005f80fcb7df621230c83711b39343fa028cea7f7fb5ff89"
            ),
            packet[..144]
        );
        Assert.Equal(Hex("e221af44860018ab0856972e194cd934"), packet[^16..]);

        using var server = PacketProtector.Initial(s_client, isServer: true);
        Assert.Equal(OpenStatus.Opened, server.Open(packet, header - 4, -1, out var opened));
        Assert.Equal(new OpenedPacket(2, header, 1162), opened);
        Assert.StartsWith(ClientHelloFrame, Convert.ToHexStringLower(packet.AsSpan(header)));
    }

    [Fact]
    public void A3_server_initial()
    {
        using var protector = PacketProtector.Initial(s_client, isServer: true);
        var frames = Hex(
            "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a12"
                + "00130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a"
                + "002b00020304"
        );
        var packet = new byte[20 + frames.Length + 16];
        var source = new ConnectionId(Hex("f067a5502a4262b5"));
        var header = PacketWriter.WriteLongHeader(packet, PacketType.Initial, default, source, [], 1, 2);
        PacketWriter.SetLength(packet, header, 2);
        Assert.Equal(Hex("c1000000010008f067a5502a4262b50040750001"), packet[..header]);
        frames.CopyTo(packet, header);
        Assert.True(protector.TrySeal(packet, header, 2, 1));
        Assert.Equal(
            Hex(
                "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb3"
                    + "8cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19"
                    + "fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee"
            ),
            packet
        );
    }

    [Fact]
    public void A4_retry()
    {
        var expected = Hex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba");
        var packet = new byte[expected.Length];
        var source = new ConnectionId(Hex("f067a5502a4262b5"));
        var size = PacketWriter.WriteRetry(packet, default, source, "token"u8, unused: 0x0f);
        Assert.Equal(expected.Length - 16, size);
        RetryIntegrity.Compute(s_client, packet.AsSpan(0, size), packet.AsSpan(size));
        Assert.Equal(expected, packet);
        Assert.True(RetryIntegrity.IsValid(s_client, packet));
        Assert.False(RetryIntegrity.IsValid(source, packet));
        for (var bit = 0; bit < 8 * packet.Length; bit++)
        {
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(RetryIntegrity.IsValid(s_client, packet));
            packet[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.True(PacketHeader.TryRead(packet, 8, greased: false, out var header));
        Assert.Equal(PacketType.Retry, header.Type);
        Assert.True(header.Token.SequenceEqual("token"u8));
        Assert.True(header.RetryTag.SequenceEqual(expected.AsSpan(size)));
    }

    [Fact]
    public void A5_chacha20_short_header()
    {
        var secret = Hex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b");
        Assert.Equal(
            "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8",
            Expand(secret, "quic key"u8, 32)
        );
        Assert.Equal("e0459b3474bdd0e44a41c144", Expand(secret, "quic iv"u8, 12));
        Assert.Equal(
            "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4",
            Expand(secret, "quic hp"u8, 32)
        );
        Assert.Equal(
            "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9",
            Expand(secret, "quic ku"u8, 32)
        );
        using var protector = new OneRttProtector(CipherSuite.ChaCha20Poly1305Sha256, secret, secret);
        var packet = new byte[4 + 1 + 16];
        var header = PacketWriter.WriteShortHeader(packet, default, 654360564, 3);
        packet[header] = 0x01;
        Assert.Equal(Hex("4200bff401"), packet[..5]);
        Assert.True(protector.TrySeal(packet, header, 3, 654360564));
        Assert.Equal(Hex("4cfe4189655e5cd55c41f69080575d7999c25a5bfb"), packet);
        Assert.Equal(
            OpenStatus.Opened,
            protector.Open(packet, 1, 654360560, default, TimeSpan.FromSeconds(1), out var opened)
        );
        Assert.Equal(new OpenedPacket(654360564, 4, 1), opened);
        Assert.Equal(1, packet[4]);
    }

    private static string Expand(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, int size)
    {
        var output = new byte[size];
        KeyDerivation.ExpandLabel(System.Security.Cryptography.HashAlgorithmName.SHA256, secret, label, output);
        return Convert.ToHexStringLower(output);
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex);
}
