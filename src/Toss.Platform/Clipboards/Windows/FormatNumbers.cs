using System.Runtime.InteropServices;
using Toss.Core.Clips;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>The formats of <see cref="WindowsFormats"/> by number, as this session of Windows counts them.</summary>
internal sealed class FormatNumbers
{
    private readonly Dictionary<string, uint> _numbers = new(StringComparer.Ordinal)
    {
        [WindowsFormats.Text] = User32.UnicodeText,
        [WindowsFormats.Bitmap] = User32.DeviceIndependentBitmap,
        [WindowsFormats.Files] = User32.DroppedFiles,
    };
    private readonly Dictionary<uint, string> _names;

    /// <exception cref="PlatformException">Windows has no number left: programs of this session took them all.</exception>
    public FormatNumbers()
    {
        IEnumerable<string> known =
        [
            .. WindowsFormats.Readable.SelectMany(one => one.Formats),
            .. WindowsFormats.Hints.Select(hint => hint.Format),
            MediaTypes.Origin,
        ];
        foreach (var name in known.Where(name => !_numbers.ContainsKey(name)))
        {
            _numbers[name] = User32.RegisterClipboardFormat(name) is not 0 and var number
                ? number
                : throw new PlatformException(
                    PlatformFailure.UnsupportedDisplay,
                    $"Windows does not take the clipboard format {name}: {Marshal.GetLastPInvokeErrorMessage()}"
                );
        }
        _names = _numbers.ToDictionary(one => one.Value, one => one.Key);
    }

    public string? NameOf(uint number) => _names.GetValueOrDefault(number);

    /// <summary>Of other names too, which other devices send; 0 if Windows does not take it.</summary>
    public uint Of(string name) =>
        _numbers.TryGetValue(name, out var number) ? number : User32.RegisterClipboardFormat(name);
}
