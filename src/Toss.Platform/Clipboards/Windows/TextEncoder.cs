using System.Runtime.InteropServices;
using System.Text;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>UTF-8 becomes UTF-16 with a zero at its end, and with the line ends that Windows' programs know.</summary>
internal sealed class TextEncoder : FormatEncoder
{
    // A character may lie across two pieces, and the two halves of a line end too.
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _decoded = [];
    private char[] _ended = [];
    private char _previous;

    public override ReadOnlySpan<byte> Next(ReadOnlySpan<byte> piece) => Encode(piece, isLast: false);

    public override bool TryEnd(out ReadOnlySpan<byte> rest)
    {
        rest = Encode([], isLast: true);
        return true;
    }

    private ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> piece, bool isLast)
    {
        var most = _decoder.GetCharCount(piece, isLast);
        if (_decoded.Length < most)
        {
            _decoded = new char[most];
        }
        // Each may be a line end that becomes two, and behind the last comes a zero.
        if (_ended.Length < 2 * most + 1)
        {
            _ended = new char[2 * most + 1];
        }
        var count = 0;
        foreach (var each in _decoded.AsSpan(0, _decoder.GetChars(piece, _decoded, isLast)))
        {
            if (each == '\n' && _previous != '\r')
            {
                _ended[count++] = '\r';
            }
            _ended[count++] = each;
            _previous = each;
        }
        if (isLast)
        {
            _ended[count++] = '\0';
        }
        return MemoryMarshal.AsBytes(_ended.AsSpan(0, count));
    }
}
