using System.Diagnostics.CodeAnalysis;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>Windows' clipboard while it is open: nobody else's until this is disposed, so nothing is waited for meanwhile.</summary>
internal sealed unsafe class OpenedClipboard : IOfferedContent, IDisposable
{
    /// <summary>Formats that are looked at: office programs offer some thirty.</summary>
    private const int MostFormats = 512;

    private readonly FormatNumbers _numbers;

    private OpenedClipboard(FormatNumbers numbers) => _numbers = numbers;

    /// <summary>The window that emptied it last; 0 if it is gone, or never was.</summary>
    public static nint Owner => User32.GetClipboardOwner();

    /// <summary>Counts every change, whoever makes it.</summary>
    public static uint Sequence => User32.GetClipboardSequenceNumber();

    public static bool IsEmpty => User32.CountClipboardFormats() == 0;

    public IReadOnlyList<string> Formats
    {
        get
        {
            var names = new List<string>();
            uint format = 0;
            for (var i = 0; i < MostFormats && (format = User32.EnumClipboardFormats(format)) != 0; i++)
            {
                if (_numbers.NameOf(format) is { } name)
                {
                    names.Add(name);
                }
            }
            return names;
        }
    }

    /// <summary>False if somebody else has it open.</summary>
    public static bool TryOpen(nint window, FormatNumbers numbers, [NotNullWhen(true)] out OpenedClipboard? opened)
    {
        opened = User32.OpenClipboard(window) ? new(numbers) : null;
        return opened is not null;
    }

    public GivenBytes Get(string format, long limit)
    {
        var memory = User32.GetClipboardData(_numbers.Of(format));
        var size = memory == 0 ? 0 : Kernel32.GlobalSize(memory);
        if (size == 0 || size > (ulong)limit)
        {
            return new(null, size > 0);
        }
        var at = Kernel32.GlobalLock(memory);
        if (at is null)
        {
            return default;
        }
        var bytes = new ReadOnlySpan<byte>(at, (int)size).ToArray();
        Kernel32.GlobalUnlock(memory);
        return new(bytes, false);
    }

    /// <summary>Makes it empty, and the window's that opened it.</summary>
    public bool TryEmpty() => User32.EmptyClipboard();

    /// <summary>False if there is no memory for it, or no number for the format.</summary>
    public bool TrySet(string format, ReadOnlySpan<byte> bytes)
    {
        using var memory = new GlobalMemory(bytes.Length);
        return _numbers.Of(format) is not 0 and var number && memory.TryAppend(bytes) && memory.TryGive(number);
    }

    public void Dispose() => User32.CloseClipboard();
}
