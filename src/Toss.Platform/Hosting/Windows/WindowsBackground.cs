using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Toss.Platform.Native;

namespace Toss.Platform.Hosting.Windows;

/// <summary>
/// Starts a process that outlives this one and its console. It gets two handles of ours, by name: what .NET starts gets all
/// that can be inherited, and whoever reads our output through a pipe would wait for the end of the agent.
/// </summary>
[SupportedOSPlatform("windows")]
public static unsafe class WindowsBackground
{
    /// <param name="command">The program, and its arguments.</param>
    /// <param name="output">The file that its output goes to; made anew, for this user alone.</param>
    /// <param name="environment">Changes to this process's environment; null removes a variable.</param>
    /// <exception cref="PlatformException">It cannot be started.</exception>
    public static Process Start(
        IReadOnlyList<string> command,
        string output,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        try
        {
            using var nothing = File.OpenHandle("NUL", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var said = OwnerOnly.Open(output, FileMode.Create, FileShare.ReadWrite | FileShare.Delete);
            return Start(command, nothing, said.SafeFileHandle, environment);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Failed(command[0], DiskProblem.Describe(failure), failure);
        }
    }

    private static Process Start(
        IReadOnlyList<string> command,
        SafeFileHandle input,
        SafeFileHandle output,
        IReadOnlyDictionary<string, string?> environment
    )
    {
        // Twice: the first call only says how much room one attribute takes.
        nuint size = 0;
        Kernel32.InitializeAttributes(null, 1, 0, ref size);
        var attributes = NativeMemory.AllocZeroed(size);
        var handles = stackalloc nint[2] { input.DangerousGetHandle(), output.DangerousGetHandle() };
        var ready = false;
        try
        {
            if (
                !(ready = Kernel32.InitializeAttributes(attributes, 1, 0, ref size))
                || !Kernel32.UpdateAttribute(
                    attributes,
                    0,
                    Kernel32.AttributeHandleList,
                    handles,
                    (nuint)(2 * sizeof(nint)),
                    null,
                    null
                )
                || !Kernel32.SetHandleInformation(input, Kernel32.HandleFlagInherit, Kernel32.HandleFlagInherit)
                || !Kernel32.SetHandleInformation(output, Kernel32.HandleFlagInherit, Kernel32.HandleFlagInherit)
            )
            {
                throw Failed(command[0], Marshal.GetLastPInvokeErrorMessage());
            }
            var startup = new Kernel32.ProcessStart
            {
                Size = sizeof(Kernel32.ProcessStart),
                Flags = Kernel32.StartUseStandardHandles,
                Input = handles[0],
                Output = handles[1],
                Error = handles[1],
                Attributes = attributes,
            };
            return Start(command, &startup, WindowsCommandLine.Environment(Merged(environment)));
        }
        finally
        {
            if (ready)
            {
                Kernel32.DeleteAttributes(attributes);
            }
            NativeMemory.Free(attributes);
        }
    }

    private static Process Start(IReadOnlyList<string> command, Kernel32.ProcessStart* startup, string environment)
    {
        const uint flags =
            Kernel32.CreateSuspended
            | Kernel32.DetachedProcess
            | Kernel32.CreateNewProcessGroup
            | Kernel32.CreateUnicodeEnvironment
            | Kernel32.ExtendedStart;
        // The call may write into the line.
        var line = (WindowsCommandLine.Of(command) + '\0').ToCharArray();
        Kernel32.ProcessInformation created;
        fixed (char* lineAt = line)
        fixed (char* environmentAt = environment)
        // Not the current folder, which nobody could remove then.
        fixed (char* folder = Environment.SystemDirectory)
        {
            if (
                !Kernel32.CreateProcess(null, lineAt, null, null, true, flags, environmentAt, folder, startup, &created)
            )
            {
                throw Failed(command[0], Marshal.GetLastPInvokeErrorMessage());
            }
        }
        try
        {
            // Found and held before it runs its first instruction: afterwards it could be gone already.
            var process = Process.GetProcessById(created.ProcessId);
            _ = process.SafeHandle;
            return Kernel32.ResumeThread(created.Thread) != uint.MaxValue
                ? process
                : throw Failed(command[0], Marshal.GetLastPInvokeErrorMessage());
        }
        finally
        {
            Kernel32.CloseHandle(created.Thread);
            Kernel32.CloseHandle(created.Process);
        }
    }

    private static Dictionary<string, string?> Merged(IReadOnlyDictionary<string, string?> changes)
    {
        var merged = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            merged[(string)variable.Key] = (string?)variable.Value;
        }
        foreach (var (name, value) in changes)
        {
            merged[name] = value;
        }
        return merged;
    }

    private static PlatformException Failed(string program, string why, Exception? cause = null) =>
        new(PlatformFailure.FileSystem, $"Cannot start {program}: {why}", cause);
}
