using System.Security.Cryptography;
using StbImageSharp;

namespace Toss.Core.Sync;

/// <summary>
/// One picture, by its pixels, whatever holds them: PNG, JPEG, GIF and BMP are decoded, and only if two pictures of the same
/// size are not the same bytes. What cannot be decoded is its bytes.
/// </summary>
public sealed class PictureFingerprint(ReadOnlyMemory<byte> encoded)
{
    private ReadOnlyMemory<byte> _encoded = encoded;

    /// <summary>Pixels that are decoded, at most: a screen of 5120 × 2880, in half a second and 60 MB.</summary>
    public const int MostPixels = 16 * 1024 * 1024;

    /// <summary>Fields a side of the coarse picture.</summary>
    private const int Coarse = 16;

    /// <summary>By how much a field's brightness may differ on average, of 255: more than JPEG changes at usual qualities.</summary>
    private const double MostDifference = 3;

    private string? _bytes;
    private (int Width, int Height)? _size;
    private Pixels? _pixels;
    private bool _isRead;

    /// <summary>The same pixels.</summary>
    public bool Shows(PictureFingerprint other) =>
        Bytes == other.Bytes
        || (
            HasSizeOf(other) && Decoded is { } mine && other.Decoded is { } theirs && mine.Shown.Overlaps(theirs.Shown)
        );

    /// <summary>
    /// As large, and about as bright everywhere, if one of both went through JPEG: two pictures of one screen, taken one
    /// after the other, are as like one another, and both are a person's.
    /// </summary>
    public bool Resembles(PictureFingerprint other) =>
        Shows(other)
        || (
            IsJpeg != other.IsJpeg
            && HasSizeOf(other)
            && Decoded is { } mine
            && other.Decoded is { } theirs
            && mine.Brightness.Zip(theirs.Brightness, (one, two) => Math.Abs(one - two)).Average() <= MostDifference
        );

    /// <summary>Gives up the content itself: what is not decoded by now is its bytes.</summary>
    public void LetGo()
    {
        _bytes = Bytes;
        _encoded = default;
    }

    /// <summary>Decodes bytes from anywhere; null if they are no picture that can be, or a larger one.</summary>
    public static ImageResult? TryDecode(ReadOnlyMemory<byte> encoded)
    {
        if (SizeOf(encoded) is not var (width, height) || (long)width * height > MostPixels)
        {
            return null;
        }
        try
        {
            var image = ImageResult.FromMemory(encoded.ToArray(), ColorComponents.RedGreenBlueAlpha);
            return image is { Data.Length: var length } && length == 4L * image.Width * image.Height ? image : null;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The decoder throws whatever a broken picture makes it trip over.
            return null;
        }
    }

    private string Bytes => _bytes ??= Convert.ToHexStringLower(SHA256.HashData(_encoded.Span));

    private Pixels? Decoded
    {
        get
        {
            if (!_isRead)
            {
                _isRead = true;
                _pixels = TryDecode(_encoded) is { } image ? Pixels.Of(image) : null;
            }
            return _pixels;
        }
    }

    private bool HasSizeOf(PictureFingerprint other) =>
        (_size ??= SizeOf(_encoded) ?? (0, 0)) is { Width: > 0 } mine
        && mine == (other._size ??= SizeOf(other._encoded) ?? (0, 0));

    private bool IsJpeg => _encoded.Span.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>What the header says.</summary>
    private static (int Width, int Height)? SizeOf(ReadOnlyMemory<byte> encoded)
    {
        try
        {
            using var stream = new MemoryStream(encoded.ToArray(), writable: false);
            return ImageInfo.FromStream(stream) is { Width: > 0, Height: > 0 } info ? (info.Width, info.Height) : null;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return null;
        }
    }

    private sealed record Pixels(HashSet<string> Shown, double[] Brightness)
    {
        /// <summary>
        /// Programs without transparency drop it, or put the picture on white or black: each of these is shown. An opaque
        /// picture is one of them.
        /// </summary>
        public static Pixels Of(ImageResult image)
        {
            var pixels = image.Data;
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
            return new Pixels(shown, BrightnessOf(image));
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

        private static double[] BrightnessOf(ImageResult image)
        {
            var sums = new double[Coarse * Coarse];
            var counts = new int[Coarse * Coarse];
            for (var y = 0; y < image.Height; y++)
            {
                for (var x = 0; x < image.Width; x++)
                {
                    var at = 4 * (y * image.Width + x);
                    var field = y * Coarse / image.Height * Coarse + x * Coarse / image.Width;
                    var (red, green, blue) = (image.Data[at], image.Data[at + 1], image.Data[at + 2]);
                    // ITU-R BT.601.
                    sums[field] += 0.299 * red + 0.587 * green + 0.114 * blue;
                    counts[field]++;
                }
            }
            return [.. sums.Zip(counts, static (sum, count) => count == 0 ? 0 : sum / count)];
        }
    }
}
