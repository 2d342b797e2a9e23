using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Toss.Platform.Clipboards;

/// <summary>Whether text that comes in pieces is UTF-8 (RFC 3629): a character may lie across two of them.</summary>
internal struct Utf8Check
{
    /// <summary>The longest character, without its last byte.</summary>
    private const int Longest = 3;

    private Bytes _begun;
    private int _length;

    /// <summary>No character is left open.</summary>
    public readonly bool IsWhole => _length == 0;

    /// <summary>False if no more pieces can make it UTF-8.</summary>
    public bool Continues(ReadOnlySpan<byte> piece)
    {
        Span<byte> begun = _begun;
        Span<byte> character = stackalloc byte[Longest + 1];
        while (_length > 0 && !piece.IsEmpty)
        {
            // One byte at a time: the character ends where a decoder says so.
            begun[.._length].CopyTo(character);
            character[_length] = piece[0];
            piece = piece[1..];
            switch (Rune.DecodeFromUtf8(character[..(_length + 1)], out _, out var used))
            {
                case OperationStatus.Done when used == _length + 1:
                    _length = 0;
                    break;
                case OperationStatus.NeedMoreData when _length < Longest:
                    begun[_length] = character[_length];
                    _length++;
                    break;
                default:
                    return false;
            }
        }
        if (piece.IsEmpty)
        {
            return true;
        }
        var open = OpenAtTheEnd(piece);
        piece[^open..].CopyTo(begun);
        _length = open;
        return Utf8.IsValid(piece[..^open]);
    }

    /// <summary>Bytes of a character that begins at the end and does not end there.</summary>
    private static int OpenAtTheEnd(ReadOnlySpan<byte> piece)
    {
        for (var back = 1; back <= Math.Min(Longest, piece.Length); back++)
        {
            if (
                piece[^back] >= 0xC0
                && Rune.DecodeFromUtf8(piece[^back..], out _, out _) == OperationStatus.NeedMoreData
            )
            {
                return back;
            }
        }
        return 0;
    }

    [System.Runtime.CompilerServices.InlineArray(Longest)]
    private struct Bytes
    {
        private byte _first;
    }
}
