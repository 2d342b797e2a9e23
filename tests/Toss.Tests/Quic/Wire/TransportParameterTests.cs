using CsCheck;
using Toss.Quic;
using Toss.Quic.Wire;
using Toss.Tests.Crypto;
using Xunit;

namespace Toss.Tests.Quic.Wire;

/// <summary>RFC 9000 §7.4, §18, RFC 9221 §3, RFC 9287 §3. A refusal is a TRANSPORT_PARAMETER_ERROR.</summary>
public sealed class TransportParameterTests
{
    private static readonly Gen<ConnectionId?> s_id = Gen.Byte.Array[0, 20].Select(b => (ConnectionId?)new(b));

    [Fact]
    public void Parameters_of_a_server_are_read_as_written() => Check(41, fromServer: true);

    [Fact]
    public void Parameters_of_a_client_are_read_as_written() => Check(42, fromServer: false);

    [Fact]
    public void Defaults_are_not_written()
    {
        Assert.Equal(0, TransportParametersWriter.Write(new byte[600], new TransportParameters()));
        Assert.True(TransportParametersReader.TryRead([], true, out var read));
        Assert.Equal(new TransportParameters(), read);
    }

    [Theory]
    [InlineData("0102", "cut short")]
    [InlineData("010140", "a number cut short")]
    [InlineData("01020101", "bytes behind a number")]
    [InlineData("0100", "no number")]
    [InlineData("0101010101ff", "twice")]
    [InlineData("1b001b00", "an unknown one twice")]
    [InlineData("0302" + "44af", "max_udp_payload_size 1199")]
    [InlineData("0808" + "d000000000000001", "initial_max_streams_bidi 2^60 + 1")]
    [InlineData("0908" + "d000000000000001", "initial_max_streams_uni 2^60 + 1")]
    [InlineData("0a0115", "ack_delay_exponent 21")]
    [InlineData("0b04" + "80004000", "max_ack_delay 2^14")]
    [InlineData("0c0100", "disable_active_migration with a value")]
    [InlineData("6ab20100", "grease_quic_bit with a value")]
    [InlineData("0e0101", "active_connection_id_limit 1")]
    [InlineData("0f15" + "000000000000000000000000000000000000000000", "an ID of 21 bytes")]
    [InlineData("020f" + "000000000000000000000000000000", "a reset token of 15 bytes")]
    [InlineData(
        "0d29" + "7f00000101bb" + "0000000000000000000000000000000001bb" + "00" + "00000000000000000000000000000000",
        "a preferred address without an ID"
    )]
    [InlineData(
        "0d2b"
            + "7f00000101bb"
            + "0000000000000000000000000000000001bb"
            + "01aa"
            + "0000000000000000000000000000000000",
        "a preferred address with more behind"
    )]
    [InlineData("c00000009f81a1760103", "address discovery 3")]
    public void Refused(string hex, string rule) =>
        Assert.False(TransportParametersReader.TryRead(Convert.FromHexString(hex), true, out _), rule);

    [Theory]
    [InlineData("0000")]
    [InlineData("1000")]
    [InlineData("0210" + "00000000000000000000000000000000")]
    [InlineData(
        "0d2a" + "7f00000101bb" + "0000000000000000000000000000000001bb" + "01aa" + "00000000000000000000000000000000"
    )]
    public void What_only_servers_send_is_refused_from_a_client(string hex)
    {
        Assert.True(TransportParametersReader.TryRead(Convert.FromHexString(hex), true, out _));
        Assert.False(TransportParametersReader.TryRead(Convert.FromHexString(hex), false, out _));
    }

    [Theory]
    [InlineData("0302" + "44b0")]
    [InlineData("0808" + "d000000000000000")]
    [InlineData("0a0114")]
    [InlineData("0b02" + "7fff")]
    [InlineData("0e0102")]
    [InlineData("0302" + "44b0" + "1b03aabbcc" + "c00000009f81a1760102")]
    public void The_last_value_that_may_be_is_read(string hex) =>
        Assert.True(TransportParametersReader.TryRead(Convert.FromHexString(hex), false, out _));

    [Fact]
    public void There_is_a_bound_on_how_many_there_are()
    {
        var buffer = new byte[5000];
        var writer = new SpanWriter(buffer);
        for (var i = 0; i < TransportParametersReader.MaximumParameters; i++)
        {
            writer.WriteVarInt(TransportParametersWriter.Reserved(i));
            writer.WriteVarInt(0);
        }
        Assert.True(TransportParametersReader.TryRead(writer.Written, true, out _));
        writer.WriteVarInt(TransportParametersWriter.Reserved(1000));
        writer.WriteVarInt(0);
        Assert.False(TransportParametersReader.TryRead(writer.Written, true, out _));
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        FixedSamples.Check(
            Gen.Select(Gen.Int[0, 40], Gen.Byte.Array[0, 20]).Array[0, 6],
            43,
            5000,
            samples =>
            {
                byte[] bytes =
                [
                    .. samples.SelectMany(s => new[] { (byte)s.Item1, (byte)s.Item2.Length }.Concat(s.Item2)),
                ];
                for (var length = 0; length <= bytes.Length; length++)
                {
                    TransportParametersReader.TryRead(bytes.AsSpan(0, length), true, out _);
                }
            }
        );

    private static void Check(ulong seed, bool fromServer) =>
        FixedSamples.Check(
            Gen.Select(
                Gen.Long[0, VarInt.Maximum].Array[14],
                s_id.Array[4],
                Gen.Byte.Array[16].Array[2],
                Gen.Int[-1, 2],
                Gen.Byte.Array[0, 30]
            ),
            seed,
            500,
            sample =>
            {
                var (n, ids, bytes, discovery, random) = sample;
                var written = new TransportParameters
                {
                    MaxIdleTimeout = n[0],
                    MaxUdpPayloadSize = Math.Max(1200, n[1] >> 45),
                    InitialMaxData = n[2],
                    InitialMaxStreamDataBidirectionalLocal = n[3] >> 10,
                    InitialMaxStreamDataBidirectionalRemote = n[4] >> 30,
                    InitialMaxStreamDataUnidirectional = n[5] >> 50,
                    InitialMaxStreamsBidirectional = n[6] >> 2,
                    InitialMaxStreamsUnidirectional = n[7] >> 56,
                    AckDelayExponent = n[8] % 21,
                    MaxAckDelay = n[9] % (1 << 14),
                    DisableActiveMigration = n[10] % 2 == 0,
                    ActiveConnectionIdLimit = 2 + (n[11] >> 50),
                    InitialSourceConnectionId = ids[0],
                    MaxDatagramFrameSize = n[12] >> 46,
                    GreaseQuicBit = n[13] % 2 == 0,
                    AddressDiscovery = (AddressDiscovery)discovery,
                };
                if (fromServer)
                {
                    written = written with
                    {
                        OriginalDestinationConnectionId = ids[1],
                        RetrySourceConnectionId = ids[2],
                        StatelessResetToken = bytes[0],
                        PreferredAddress = ids[3]!.Value.IsEmpty
                            ? null
                            : new(bytes[0].AsMemory(0, 4), 443, bytes[1], 8443, ids[3]!.Value, bytes[0]),
                    };
                }
                var buffer = new byte[512];
                var size = TransportParametersWriter.Write(buffer, written, random);
                Assert.True(TransportParametersReader.TryRead(buffer.AsSpan(0, size), fromServer, out var read));
                // Bytes are compared by what they hold, and the rest by the records.
                Assert.Equal(Bytes(written), Bytes(read));
                Assert.Equal(WithoutBytes(written), WithoutBytes(read));
            }
        );

    private static string Bytes(TransportParameters p) =>
        Convert.ToHexString(p.StatelessResetToken.Span)
        + (
            p.PreferredAddress is { } a
                ? $" {Convert.ToHexString(a.IPv4.Span)}:{a.IPv4Port} {Convert.ToHexString(a.IPv6.Span)}:{a.IPv6Port}"
                    + $" {Convert.ToHexString(a.ConnectionId.Span)} {Convert.ToHexString(a.ResetToken.Span)}"
                : ""
        );

    private static TransportParameters WithoutBytes(TransportParameters p) =>
        p with
        {
            StatelessResetToken = default,
            PreferredAddress = null,
        };
}
