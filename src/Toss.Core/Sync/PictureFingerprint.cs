using System.Security.Cryptography;

namespace Toss.Core.Sync;

/// <summary>
/// One picture, by its pixels, whatever holds them: PNG and BMP are decoded, and only if two pictures of the same size are not the
/// same bytes. What cannot be decoded is its bytes.
/// </summary>
public sealed class PictureFingerprint(ReadOnlyMemory<byte> encoded)
{
    private ReadOnlyMemory<byte> _encoded = encoded;

    private string? _bytes;
    private (int Width, int Height)? _size;
    private HashSet<string>? _shown;
    private bool _isRead;

    /// <summary>The same pixels.</summary>
    public bool Shows(PictureFingerprint other) =>
        Bytes == other.Bytes
        || (HasSizeOf(other) && Shown is { } mine && other.Shown is { } theirs && mine.Overlaps(theirs));

    /// <summary>Bytes that are held for the case that they have to be decoded.</summary>
    public int Held => _encoded.Length;

    /// <summary>Gives up the content itself: what is not decoded by now is its bytes.</summary>
    public void LetGo()
    {
        _bytes = Bytes;
        _encoded = default;
    }

    private string Bytes => _bytes ??= Convert.ToHexStringLower(SHA256.HashData(_encoded.Span));

    private HashSet<string>? Shown
    {
        get
        {
            if (!_isRead)
            {
                _isRead = true;
                _shown = PictureDecoder.TryDecode(_encoded) is { } image ? ShownBy(image.Rgba) : null;
            }
            return _shown;
        }
    }

    private bool HasSizeOf(PictureFingerprint other) =>
        (_size ??= PictureDecoder.TryReadSize(_encoded) ?? (0, 0)) is { Width: > 0 } mine
        && mine == (other._size ??= PictureDecoder.TryReadSize(other._encoded) ?? (0, 0));

    /// <summary>
    /// Programs without transparency drop it, or put the picture on white or black: each of these is shown. An opaque picture is
    /// one of them.
    /// </summary>
    private static HashSet<string> ShownBy(byte[] pixels)
    {
        var isOpaque = true;
        for (var i = 3; i < pixels.Length && isOpaque; i += 4)
        {
            isOpaque = pixels[i] == byte.MaxValue;
        }
        HashSet<string> shown = [Hash(pixels, static (colour, _) => colour)];
        if (!isOpaque)
        {
            shown.Add(Hash(pixels, static (colour, opacity) => (byte)(colour * opacity / 255)));
            shown.Add(Hash(pixels, static (colour, opacity) => (byte)(255 - (255 - colour) * opacity / 255)));
        }
        return shown;
    }

    private static string Hash(byte[] pixels, Func<byte, byte, byte> shown)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var row = new byte[3 * 1024];
        var filled = 0;
        for (var i = 0; i < pixels.Length; i += 4)
        {
            row[filled++] = shown(pixels[i], pixels[i + 3]);
            row[filled++] = shown(pixels[i + 1], pixels[i + 3]);
            row[filled++] = shown(pixels[i + 2], pixels[i + 3]);
            if (filled == row.Length)
            {
                hash.AppendData(row);
                filled = 0;
            }
        }
        hash.AppendData(row, 0, filled);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
