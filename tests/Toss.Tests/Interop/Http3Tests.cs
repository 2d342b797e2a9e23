using Toss.Testing.Interop;
using Xunit;

namespace Toss.Tests.Interop;

public sealed class Http3Tests
{
    [Fact]
    public void A_request_has_these_bytes()
    {
        var request = Http3.Request("localhost", "/a");

        Assert.Equal("01130000D1D750096C6F63616C686F737451022F61", Convert.ToHexString(request));
        Assert.True(Http3.TryRead(request, out var fields, out var body));
        Assert.Equal(
            [(":authority", "localhost"), (":method", "GET"), (":path", "/a"), (":scheme", "https")],
            fields.Select(field => (field.Key, field.Value)).Order()
        );
        Assert.Empty(body);
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(200, 63)]
    [InlineData(404, 64)]
    [InlineData(200, 100_000)]
    public void A_response_is_read_as_it_was_written(int status, int size)
    {
        var sent = new byte[size];
        new Random(size).NextBytes(sent);

        Assert.True(Http3.TryRead(Http3.Response(status, sent), out var fields, out var body));
        Assert.Equal(status.ToString(System.Globalization.CultureInfo.InvariantCulture), fields[":status"]);
        Assert.Equal(sent, body);
    }

    [Fact]
    public void Bodies_in_pieces_are_joined_and_unknown_frames_skipped()
    {
        // A reserved type (RFC 9114 §7.2.8) in two bytes, then two DATA frames.
        byte[] stream = [.. Http3.Response(200, "ab"u8), 0x40, 0x21, 2, 9, 9, 0, 2, (byte)'c', (byte)'d'];

        Assert.True(Http3.TryRead(stream, out _, out var body));
        Assert.Equal("abcd"u8.ToArray(), body);
    }

    [Fact]
    public void Names_of_literals_and_Huffman_values_are_borne()
    {
        // :status 200; server (92) with a Huffman value of two bytes; "ab": "c" with a literal name.
        byte[] block = [0, 0, 0xD9, 0x5F, 92 - 15, 0x82, 1, 2, 0x22, (byte)'a', (byte)'b', 1, (byte)'c'];

        Assert.True(Http3.TryRead([1, (byte)block.Length, .. block], out var fields, out _));
        Assert.Equal(("200", null, "c"), (fields[":status"], fields["#92"], fields["ab"]));
    }

    [Fact]
    public void What_is_cut_off_is_refused()
    {
        var whole = Http3.Response(200, new byte[100]);
        // Behind the HEADERS frame of 5 bytes a body may be missing.
        foreach (var length in Enumerable.Range(0, whole.Length).Where(length => length != 5))
        {
            Assert.False(Http3.TryRead(whole.AsSpan(0, length), out _, out _), $"{length} bytes");
        }
        // Within the frame, the block: text longer than it is, a number without its end, a dynamic table.
        Assert.False(Http3.TryRead([1, 5, 0, 0, 0x51, 9, 1], out _, out _));
        Assert.False(Http3.TryRead([1, 4, 0, 0, 0x5F, 0xFF], out _, out _));
        Assert.False(Http3.TryRead([1, 9, 0, 0, 0x5F, 255, 255, 255, 255, 255, 255], out _, out _));
        Assert.False(Http3.TryRead([1, 3, 2, 0, 0x80], out _, out _));
        Assert.False(Http3.TryRead([1, 3, 0, 0, 0x80], out _, out _));
    }

    [Fact]
    public void A_control_stream_begins_with_settings()
    {
        Assert.True(Http3.IsControlStream(Http3.ControlStream));
        Assert.False(Http3.IsControlStream([0]));
        Assert.False(Http3.IsControlStream([2, 4, 0])); // QPACK's encoder stream
    }
}
