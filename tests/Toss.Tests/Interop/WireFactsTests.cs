using Toss.Testing.Interop;
using Xunit;

namespace Toss.Tests.Interop;

/// <summary>Lines that the peers printed, as they did; and that what did not happen is not read from them.</summary>
public sealed class WireFactsTests
{
    [Fact]
    public void Nothing_is_read_from_nothing()
    {
        foreach (var facts in new[] { Ngtcp2Log.Read([]), Qlog.Read(["", "nonsense", "{}", "{\"name\":"]) })
        {
            Assert.False(facts.RetryReceived || facts.VersionNegotiationReceived || facts.TokenValidated);
            Assert.Empty(facts.KeyPhasesReceived);
            Assert.Equal((0, 0, 0), (facts.PacketsLost, facts.PathsValidated, facts.PathResponsesReceived));
        }
    }

    [Fact]
    public void The_log_of_ngtcp2_is_read()
    {
        var facts = Ngtcp2Log.Read([
            "Received packet: local=[127.0.0.1]:46017 remote=[127.0.0.1]:4455 ecn=0x0 136 bytes",
            "\x1b[1;31mI00000003 0x5d93\x1b[0m \x1b[36mpkt\x1b[0m rx pkn=0 dcid=0x5d93 scid=0xa8ac version=0x00000001 type=Retry len=0",
            "I00000003 0x5d93 rcv pkn=0 lost type=Initial sent_ts=3372298919237",
            "Negotiated cipher suite is AES-128-GCM",
            "Negotiated ALPN is h3",
            "I00000241 0x5d93 pkt tx pkn=4 dcid=0x1951 type=1RTT k=0",
            "I00000241 0x5d93 pkt tx pkn=5 dcid=0x1951 type=1RTT k=1",
            "I00000254 0x5d93 pkt rx pkn=6 dcid=0xe2e6 type=1RTT k=1",
            "I00000254 0x5d93 frm rx 8 1RTT PATH_RESPONSE(0x1b) data=0x692748653d79886a",
            "I00000254 0x5d93 ptv path has been validated",
            "I00000254 0x5d93 rcv pkn=7 lost type=1RTT sent_ts=1",
            "I00000023 0xac5f frm rx 1 1RTT CONNECTION_CLOSE(0x1c) error_code=CRYPTO_ERROR(0x174) frame_type=0",
            "I00000037 0x0fbb frm rx 8 1RTT CONNECTION_CLOSE(0x1d) error_code=(unknown)(0x100) frame_type=0 reason_len=0",
            "I00000000 0x6972 pkt tx pkn=0 dcid=0xf159 scid=0x6972 version=0x00000001 type=0RTT len=0",
            "I00000025 0x0fbb frm tx 4 1RTT CRYPTO(0x06) offset=0 len=243",
            "I00000079 0x6972 frm tx 44 1RTT ACK(0x03) ect0=7 ect1=0 ce=0",
            "I00000080 0x6972 frm tx 45 1RTT ACK(0x03) ect0=5 ect1=0 ce=0",
            "I00000080 0x6972 frm rx 45 1RTT ACK(0x03) ect0=9 ect1=0 ce=0",
            "Early data was rejected by server",
        ]);

        Assert.True(facts.RetryReceived);
        Assert.Equal([0, 1], facts.KeyPhasesSent);
        Assert.Equal([1], facts.KeyPhasesReceived);
        Assert.Equal(
            (1, 1, 0, 1),
            (facts.PathsValidated, facts.PathResponsesReceived, facts.PathResponsesSent, facts.PacketsLost)
        );
        Assert.Equal([0x174], facts.CloseCodesReceived);
        Assert.Equal([0x100], facts.ApplicationCodesReceived);
        Assert.Equal((1, 1, 7), (facts.EarlyPacketsSent, facts.TicketsSent, facts.MarksReported));
        Assert.True(facts.EarlyDataRejected);
        Assert.Equal(("AES-128-GCM", "h3"), (facts.CipherSuite, facts.Alpn));
        Assert.Equal(["[127.0.0.1]:4455"], facts.RemoteEndpoints);
    }

    [Fact]
    public void What_was_sent_is_not_taken_for_received()
    {
        var facts = Ngtcp2Log.Read([
            "I00000003 0x5d93 pkt tx pkn=0 dcid=0x5d93 scid=0xa8ac version=0x00000001 type=Retry len=0",
            "I00000254 0x5d93 frm tx 8 1RTT PATH_RESPONSE(0x1b) data=0x692748653d79886a",
        ]);

        Assert.False(facts.RetryReceived);
        Assert.Equal((0, 1), (facts.PathResponsesReceived, facts.PathResponsesSent));
    }

    [Fact]
    public void Qlog_is_read()
    {
        const string Header = """{"header":{"packet_type":"1RTT","key_phase_bit":"1"},"frames":""";
        var facts = Qlog.Read([
            """{"qlog_version":"draft-02"}""",
            "\x1e" + """{"time":1,"name":"transport:packet_received","data":{"header":{"packet_type":"retry"}}}""",
            """{"time":2,"name":"transport:packet_sent","data":"""
                + Header
                + """[{"frame_type":"datagram","length":10}]}}""",
            """{"time":3,"name":"transport:packet_received","data":"""
                + Header
                + """[{"frame_type":"path_response"}]}}""",
            """{"time":3,"name":"transport:packet_sent","data":"""
                + Header
                + """[{"frame_type":"ack","ect0":7,"ect1":0,"ce":0}]}}""",
            """{"time":3,"name":"transport:packet_received","data":"""
                + Header
                + """[{"frame_type":"connection_close","error_space":"application","raw_error_code":42}]}}""",
            """{"time":3,"name":"transport:packet_received","data":"""
                + Header
                + """[{"frame_type":"connection_close","error_space":"transport","raw_error_code":298}]}}""",
            """{"time":4,"name":"recovery:packet_lost","data":{"header":{"packet_type":"1RTT","packet_number":3}}}""",
            """{"time":4,"name":"recovery:packet_lost","data":{"header":{"packet_type":"initial","packet_number":0}}}""",
        ]);

        Assert.True(facts.RetryReceived);
        Assert.Equal(
            (1, 0, 1, 1),
            (facts.DatagramsSent, facts.DatagramsReceived, facts.PathResponsesReceived, facts.PacketsLost)
        );
        Assert.Equal([1], facts.KeyPhasesSent);
        Assert.Equal([1], facts.KeyPhasesReceived);
        Assert.Equal(7, facts.MarksReported);
        Assert.Equal([42], facts.ApplicationCodesReceived);
        Assert.Equal([298], facts.CloseCodesReceived);
    }
}
