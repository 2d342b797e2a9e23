using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>Whose window it is.</summary>
internal static unsafe class SourceProgram
{
    /// <summary>Windows' own limit of paths with \\?\.</summary>
    private const int MostCharacters = 32_767;

    /// <summary>Its process; 0 if there is no such window.</summary>
    public static uint IdOf(nint window) => window != 0 && User32.GetWindowProcess(window, out var id) != 0 ? id : 0;

    /// <summary>The file of its program, as `KeePass.exe`; null if Windows does not say.</summary>
    public static string? Of(nint window)
    {
        if (IdOf(window) is not (not 0 and var id))
        {
            return null;
        }
        var process = Kernel32.OpenProcess(Kernel32.QueryLimited, false, id);
        if (process == 0)
        {
            return null;
        }
        try
        {
            var name = new char[MostCharacters];
            var length = (uint)name.Length;
            fixed (char* at = name)
            {
                return Kernel32.QueryImageName(process, 0, at, ref length)
                    ? Path.GetFileName(new string(at, 0, (int)length))
                    : null;
            }
        }
        finally
        {
            Kernel32.CloseHandle(process);
        }
    }
}
