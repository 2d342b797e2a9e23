using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace WinPeer;

/// <summary>A window and the clipboard, in the hands of a program that is not Toss. All on one thread.</summary>
internal sealed unsafe class ForeignClipboard
{
    private const uint Movable = 0x2;
    private const uint CopiedFiles = 15;
    private const int MostPath = 4096;

    private static ForeignClipboard? s_current;

    private readonly nint _window;
    private readonly Action _command;
    private readonly Dictionary<uint, (string File, int Milliseconds)> _promised = [];
    private readonly List<(string Format, int Size)> _kept = [];

    public ForeignClipboard(Action command)
    {
        s_current = this;
        _command = command;
        fixed (char* name = "winpeer")
        {
            var made = new User32.WindowClass { Procedure = &Procedure, Name = name };
            User32.RegisterClass(&made);
            _window = User32.CreateWindow(0, name, name, 0, 0, 0, 0, 0, User32.MessageOnly, 0, 0, 0);
        }
    }

    /// <summary>From another thread: the next command is there.</summary>
    public void Wake() => User32.PostMessage(_window, User32.Command, 0, 0);

    public static void Pump()
    {
        User32.Posted posted;
        while (User32.GetMessage(&posted, 0, 0, 0) > 0)
        {
            User32.DispatchMessage(&posted);
        }
    }

    /// <summary>Replaces the clipboard, or with <paramref name="more"/> adds to what is there.</summary>
    public void Copy(IEnumerable<(string Format, string File)> formats, bool more = false)
    {
        Open();
        try
        {
            if (!more)
            {
                User32.EmptyClipboard();
            }
            foreach (var (format, file) in formats)
            {
                Set(FormatOf(format), File.ReadAllBytes(file));
            }
        }
        finally
        {
            User32.CloseClipboard();
        }
    }

    public void Empty() => Copy([]);

    /// <summary>Says that it has the format, and makes it so long after it was asked.</summary>
    public void Promise(string format, string file, int milliseconds)
    {
        Open();
        User32.EmptyClipboard();
        _promised.Clear();
        _promised[FormatOf(format)] = (file, milliseconds);
        User32.SetClipboardData(FormatOf(format), 0);
        User32.CloseClipboard();
    }

    /// <summary>Keeps everybody else out.</summary>
    public void Hold(int milliseconds, Action holding)
    {
        Open();
        holding();
        Thread.Sleep(milliseconds);
        User32.CloseClipboard();
    }

    /// <summary>What is there, without asking for any of it.</summary>
    public List<string> Formats()
    {
        Open();
        try
        {
            var found = new List<string>();
            for (uint format = 0; (format = User32.EnumClipboardFormats(format)) != 0; )
            {
                found.Add(NameOf(format));
            }
            return found;
        }
        finally
        {
            User32.CloseClipboard();
        }
    }

    /// <summary>One format into a file, as a program does in which somebody pastes; how much there was, and after which time.</summary>
    public (long Size, long Milliseconds) Paste(string format, string file)
    {
        Open();
        try
        {
            var began = Stopwatch.GetTimestamp();
            var memory = User32.GetClipboardData(FormatOf(format));
            var milliseconds = (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            using var output = File.Create(file);
            if (memory == 0)
            {
                return (0, milliseconds);
            }
            var size = (long)User32.GlobalSize(memory);
            using var bytes = new UnmanagedMemoryStream((byte*)User32.GlobalLock(memory), size);
            bytes.CopyTo(output);
            User32.GlobalUnlock(memory);
            return (size, milliseconds);
        }
        finally
        {
            User32.CloseClipboard();
        }
    }

    /// <summary>From now on whatever appears is read at once, all of it, as a clipboard manager does.</summary>
    public void Keep() => User32.AddClipboardFormatListener(_window);

    /// <summary>What was read so.</summary>
    public IReadOnlyList<(string Format, int Size)> Kept => _kept;

    /// <summary>The paths of the files that are there, as Windows itself reads them.</summary>
    public List<string> Files()
    {
        Open();
        try
        {
            var drop = User32.GetClipboardData(CopiedFiles);
            var found = new List<string>();
            var count = drop == 0 ? 0 : User32.DragQueryFile(drop, uint.MaxValue, null, 0);
            var name = stackalloc char[MostPath];
            for (uint i = 0; i < count; i++)
            {
                found.Add(new string(name, 0, (int)User32.DragQueryFile(drop, i, name, MostPath)));
            }
            return found;
        }
        finally
        {
            User32.CloseClipboard();
        }
    }

    /// <summary>Each format that is there, in order, into a file of its number.</summary>
    public List<(string Format, int Size)> Read(string folder)
    {
        Open();
        try
        {
            var found = new List<(string, int)>();
            for (uint format = 0; (format = User32.EnumClipboardFormats(format)) != 0; )
            {
                // Bitmaps and palettes are no memory, but handles of other kinds.
                byte[] bytes = format is 2 or 9 ? [] : Get(format);
                File.WriteAllBytes(Path.Combine(folder, found.Count.ToString(CultureInfo.InvariantCulture)), bytes);
                found.Add((NameOf(format), bytes.Length));
            }
            return found;
        }
        finally
        {
            User32.CloseClipboard();
        }
    }

    private static uint FormatOf(string name) =>
        uint.TryParse(name, CultureInfo.InvariantCulture, out var number)
            ? number
            : User32.RegisterClipboardFormat(name);

    private static string NameOf(uint format)
    {
        var name = stackalloc char[256];
        var length = User32.GetClipboardFormatName(format, name, 256);
        return length > 0 ? new string(name, 0, length) : format.ToString(CultureInfo.InvariantCulture);
    }

    private static void Set(uint format, byte[] bytes)
    {
        var memory = User32.GlobalAlloc(Movable, (nuint)bytes.Length);
        if (bytes.Length > 0)
        {
            Marshal.Copy(bytes, 0, (nint)User32.GlobalLock(memory), bytes.Length);
            User32.GlobalUnlock(memory);
        }
        User32.SetClipboardData(format, memory);
    }

    private static byte[] Get(uint format)
    {
        var memory = User32.GetClipboardData(format);
        if (memory == 0)
        {
            return [];
        }
        var bytes = new byte[(int)User32.GlobalSize(memory)];
        if (bytes.Length > 0)
        {
            Marshal.Copy((nint)User32.GlobalLock(memory), bytes, 0, bytes.Length);
            User32.GlobalUnlock(memory);
        }
        return bytes;
    }

    private void Open()
    {
        // Somebody else has it for a moment.
        for (var tries = 0; User32.OpenClipboard(_window) == 0; tries++)
        {
            if (tries == 1000)
            {
                throw new InvalidOperationException($"OpenClipboard: {Marshal.GetLastPInvokeErrorMessage()}");
            }
            Thread.Sleep(10);
        }
    }

    private void ReadAll()
    {
        Open();
        for (uint format = 0; (format = User32.EnumClipboardFormats(format)) != 0; )
        {
            _kept.Add((NameOf(format), format is 2 or 9 ? 0 : Get(format).Length));
        }
        User32.CloseClipboard();
    }

    private void Render(uint format)
    {
        if (_promised.TryGetValue(format, out var promise))
        {
            Thread.Sleep(promise.Milliseconds);
            Set(format, File.ReadAllBytes(promise.File));
        }
    }

    [UnmanagedCallersOnly]
    private static nint Procedure(nint window, uint message, nint wide, nint @long)
    {
        switch (message)
        {
            case User32.Command:
                s_current!._command();
                return 0;
            case User32.ClipboardUpdate:
                s_current!.ReadAll();
                return 0;
            case User32.RenderFormat:
                s_current!.Render((uint)wide);
                return 0;
            default:
                return User32.DefaultProcedure(window, message, wide, @long);
        }
    }
}
