using System.Runtime.InteropServices;

namespace Toss.Testing.Platform;

/// <summary>
/// A variable of the C library's environment, which native libraries read and .NET's does not change. As before when
/// disposed. It is the process's: tests that use one run one at a time.
/// </summary>
public sealed class EnvironmentVariable : IDisposable
{
    private readonly string _name;
    private readonly string? _before;

    public EnvironmentVariable(string name, string value)
    {
        _name = name;
        _before = Environment.GetEnvironmentVariable(name);
        _ = Set(name, value, 1);
    }

    public void Dispose() => _ = _before is null ? Unset(_name) : Set(_name, _before, 1);

    [DllImport("libc", EntryPoint = "setenv", BestFitMapping = false)]
    private static extern int Set(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string value,
        int overwrite
    );

    [DllImport("libc", EntryPoint = "unsetenv", BestFitMapping = false)]
    private static extern int Unset([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
