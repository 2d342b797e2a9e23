using Toss.Core.Clips;
using Toss.Platform.Clipboards.Windows;
using Toss.Platform.KeyStores.Windows;
using Toss.Wire;

namespace Toss.Tests.Fuzz;

/// <summary>Readers of what Windows and its programs give.</summary>
internal static class WindowsTargets
{
    public static bool ReadHtml(byte[] bytes) => Read(MediaTypes.Html, WindowsFormats.Html, bytes);

    public static bool ReadUrl(byte[] bytes) => Read(MediaTypes.Url, WindowsFormats.Url, bytes);

    public static bool ReadBitmap(byte[] bytes) => Read(MediaTypes.Bmp, WindowsFormats.Bitmap, bytes);

    public static bool ReadFiles(byte[] bytes) => Read(MediaTypes.LocalFiles, WindowsFormats.Files, bytes);

    /// <summary>Any memory is a text.</summary>
    public static bool ReadText(byte[] bytes) => Read(MediaTypes.Text, WindowsFormats.Text, bytes);

    public static bool ReadKeyFile(byte[] bytes) => DpapiFileFormat.TryRead(bytes, out _);

    /// <summary>What came in goes out again.</summary>
    private static bool Read(string mediaType, string format, byte[] bytes)
    {
        if (!WindowsFormats.TryDecode(mediaType, format, bytes, out var decoded))
        {
            return false;
        }
        WindowsFormats.Offer(new ClipContent([new(mediaType, decoded)], Sensitivity.Secret), bytes);
        return true;
    }
}
