using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Toss.Testing.Interop;

/// <summary>
/// As much of HTTP/3 (RFC 9114, RFC 9204) as a document takes: bytes to put on a QUIC stream and what came from one. QPACK
/// with the static table only and no Huffman code: values that a peer sends in it are known by their name only.
/// </summary>
public static class Http3
{
    private const ulong DataFrame = 0;
    private const ulong HeadersFrame = 1;
    private const ulong SettingsFrame = 4;

    // RFC 9204 Appendix A: of the 99 entries those that a request or a response begins with.
    private static readonly Dictionary<ulong, (string Name, string Value)> entries = new()
    {
        [0] = (":authority", ""),
        [1] = (":path", "/"),
        [17] = (":method", "GET"),
        [20] = (":method", "POST"),
        [22] = (":scheme", "http"),
        [23] = (":scheme", "https"),
        [24] = (":status", "103"),
        [25] = (":status", "200"),
        [26] = (":status", "304"),
        [27] = (":status", "404"),
        [28] = (":status", "503"),
    };

    /// <summary>All of the control stream that each side opens (§6.2.1): its type, and settings with nothing in them.</summary>
    public static byte[] ControlStream => [0x00, (byte)SettingsFrame, 0x00];

    /// <summary>A GET; the stream ends behind it.</summary>
    public static byte[] Request(string authority, string path) =>
        // No insertions, base 0; method GET and scheme https by index, the others as literals with an indexed name.
        Frame(HeadersFrame, [0, 0, 0xC0 | 17, 0xC0 | 23, 0x50 | 0, .. Text(authority), 0x50 | 1, .. Text(path)]);

    /// <param name="status">200 or 404.</param>
    public static byte[] Response(int status, ReadOnlySpan<byte> body) =>
        [.. Frame(HeadersFrame, [0, 0, (byte)(0xC0 | (status == 200 ? 25 : 27))]), .. Frame(DataFrame, body)];

    /// <summary>A whole request or response stream. Frames of unknown types are skipped (§9).</summary>
    /// <param name="fields">By name; the value is null if it is in Huffman code.</param>
    /// <returns>False if it is cut off, or uses what this does not know (dynamic table).</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> stream,
        out IReadOnlyDictionary<string, string?> fields,
        out byte[] body
    )
    {
        var found = new Dictionary<string, string?>(StringComparer.Ordinal);
        var content = new List<byte>();
        (fields, body) = (found, []);
        while (!stream.IsEmpty)
        {
            if (
                !TryReadNumber(ref stream, out var type)
                || !TryReadNumber(ref stream, out var length)
                || length > (ulong)stream.Length
            )
            {
                return false;
            }
            var payload = stream[..(int)length];
            stream = stream[(int)length..];
            if (type == DataFrame)
            {
                content.AddRange(payload);
            }
            else if (type == HeadersFrame && !TryReadFields(payload, found))
            {
                return false;
            }
        }
        body = [.. content];
        return found.Count > 0;
    }

    /// <summary>The beginning of a peer's unidirectional stream: is it its control stream, with settings first (§6.2.1)?</summary>
    public static bool IsControlStream(ReadOnlySpan<byte> stream) =>
        TryReadNumber(ref stream, out var type)
        && type == 0
        && TryReadNumber(ref stream, out var frame)
        && frame == SettingsFrame;

    private static bool TryReadFields(ReadOnlySpan<byte> block, Dictionary<string, string?> fields)
    {
        // Required insert count and base: 0 where no dynamic table is used (RFC 9204 §4.5.1).
        if (block.Length < 2 || block[0] != 0)
        {
            return false;
        }
        block = block[2..];
        while (!block.IsEmpty)
        {
            var first = block[0];
            string? name;
            string? value;
            if ((first & 0xC0) == 0xC0)
            {
                // Indexed, static (§4.5.2).
                if (!TryReadPrefixed(ref block, 6, out var index))
                {
                    return false;
                }
                (name, value) = entries.GetValueOrDefault(index, (NameOf(index), ""));
            }
            else if ((first & 0xD0) == 0x50)
            {
                // Literal with an indexed name, static (§4.5.4).
                if (!TryReadPrefixed(ref block, 4, out var index) || !TryReadText(ref block, 7, out value))
                {
                    return false;
                }
                name = NameOf(index);
            }
            else if ((first & 0xE0) == 0x20)
            {
                // Literal name (§4.5.6).
                if (!TryReadText(ref block, 3, out name) || !TryReadText(ref block, 7, out value))
                {
                    return false;
                }
            }
            else
            {
                return false;
            }
            fields[name ?? "?"] = value;
        }
        return true;
    }

    private static string NameOf(ulong index) =>
        entries.TryGetValue(index, out var entry)
            ? entry.Name
            : string.Create(CultureInfo.InvariantCulture, $"#{index}");

    private static byte[] Text(string text) =>
        text.Length < 127
            ? [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]
            : throw new ArgumentException("Too long for a test.", nameof(text));

    /// <summary>A string whose length has a prefix of so many bits, above which one says Huffman (RFC 7541 §5.2).</summary>
    private static bool TryReadText(ref ReadOnlySpan<byte> block, int bits, out string? text)
    {
        text = null;
        if (block.IsEmpty)
        {
            return false;
        }
        var isHuffman = (block[0] & (1 << bits)) != 0;
        if (!TryReadPrefixed(ref block, bits, out var length) || length > (ulong)block.Length)
        {
            return false;
        }
        text = isHuffman ? null : Encoding.ASCII.GetString(block[..(int)length]);
        block = block[(int)length..];
        return true;
    }

    /// <summary>RFC 7541 §5.1.</summary>
    private static bool TryReadPrefixed(ref ReadOnlySpan<byte> block, int bits, out ulong value)
    {
        value = 0;
        if (block.IsEmpty)
        {
            return false;
        }
        var most = (1UL << bits) - 1;
        value = block[0] & most;
        block = block[1..];
        if (value < most)
        {
            return true;
        }
        for (var shift = 0; shift <= 28; shift += 7)
        {
            if (block.IsEmpty)
            {
                return false;
            }
            var next = block[0];
            block = block[1..];
            value += (ulong)(next & 0x7F) << shift;
            if ((next & 0x80) == 0)
            {
                return true;
            }
        }
        return false;
    }

    private static byte[] Frame(ulong type, ReadOnlySpan<byte> payload) =>
        [(byte)type, .. Number((ulong)payload.Length), .. payload];

    /// <summary>RFC 9000 §16.</summary>
    private static byte[] Number(ulong value)
    {
        if (value < 64)
        {
            return [(byte)value];
        }
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, checked((uint)value) | 0x8000_0000);
        return value < 1 << 30 ? bytes : throw new ArgumentOutOfRangeException(nameof(value));
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> from, out ulong value)
    {
        value = 0;
        if (from.IsEmpty || from.Length < 1 << (from[0] >> 6))
        {
            return false;
        }
        var length = 1 << (from[0] >> 6);
        value = (ulong)(from[0] & 0x3F);
        foreach (var next in from[1..length])
        {
            value = (value << 8) | next;
        }
        from = from[length..];
        return true;
    }
}
