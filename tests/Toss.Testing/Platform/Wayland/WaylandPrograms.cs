using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Toss.Testing.Platform.Wayland;

/// <summary>wl-copy and wl-paste on one compositor: programs that know nothing of us.</summary>
public sealed class WaylandPrograms(string runtimeFolder, string display) : IAsyncDisposable
{
    private readonly List<Process> _owners = [];

    /// <summary>
    /// wl-copy takes the selection. Returns when it has it: it goes to the background then, and ends when it loses it.
    /// </summary>
    public async Task CopyAsync(byte[] content, string? type = null)
    {
        using var process = Start("wl-copy", type is null ? [] : ["-t", type], input: true);
        await process.StandardInput.BaseStream.WriteAsync(content);
        process.StandardInput.Close();
        await Watchdog.Within(process.WaitForExitAsync(), "wl-copy to own the selection");
        Xunit.Assert.Equal(0, process.ExitCode);
    }

    public Task CopyAsync(string text) => CopyAsync(Encoding.UTF8.GetBytes(text), "text/plain;charset=utf-8");

    /// <summary>The selection is nobody's then.</summary>
    public async Task ClearAsync()
    {
        using var process = Start("wl-copy", ["--clear"], input: true);
        process.StandardInput.Close();
        await Watchdog.Within(process.WaitForExitAsync(), "wl-copy to clear the selection");
    }

    /// <summary>The same in the foreground: a process that a test may kill. Returns before it owns anything.</summary>
    public async Task<Process> OwnAsync(byte[] content, string type)
    {
        var process = Start("wl-copy", ["--foreground", "-t", type], input: true);
        _owners.Add(process);
        await process.StandardInput.BaseStream.WriteAsync(content);
        process.StandardInput.Close();
        return process;
    }

    public async Task<byte[]> PasteAsync(string type)
    {
        using var process = Start("wl-paste", ["--no-newline", "-t", type], input: false);
        var content = new MemoryStream();
        await Watchdog.Within(process.StandardOutput.BaseStream.CopyToAsync(content), "wl-paste to paste");
        await Watchdog.Within(process.WaitForExitAsync(), "wl-paste to end");
        return process.ExitCode == 0
            ? content.ToArray()
            : throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"wl-paste ended with {process.ExitCode}.")
            );
    }

    /// <summary>Content of any size.</summary>
    public async Task<StreamedPaste> StreamAsync(string type)
    {
        var began = Stopwatch.GetTimestamp();
        using var process = Start("wl-paste", ["--no-newline", "-t", type], input: false);
        return await StreamedPaste.OfAsync(process, began);
    }

    /// <summary>The types on offer.</summary>
    public async Task<string[]> TypesAsync()
    {
        using var process = Start("wl-paste", ["-l"], input: false);
        var types = await Watchdog.Within(process.StandardOutput.ReadToEndAsync(), "wl-paste to list");
        await Watchdog.Within(process.WaitForExitAsync(), "wl-paste to end");
        return types.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owner in _owners)
        {
            if (!owner.HasExited)
            {
                owner.Kill();
                await Watchdog.Within(owner.WaitForExitAsync(), "wl-copy to end");
            }
            owner.Dispose();
        }
    }

    private Process Start(string program, List<string> arguments, bool input) =>
        Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                // What goes to the background keeps the output it was given: wl-copy's is not ours to wait for.
                RedirectStandardInput = input,
                RedirectStandardOutput = !input,
                Environment = { ["XDG_RUNTIME_DIR"] = runtimeFolder, ["WAYLAND_DISPLAY"] = display },
            }
        )!;
}
