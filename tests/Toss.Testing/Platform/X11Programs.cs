using System.Diagnostics;
using System.Globalization;
using System.Text;
using Toss.Testing.Faults;
using Xunit;

namespace Toss.Testing.Platform;

/// <summary>xclip, xsel and a GTK program on one display: programs that know nothing of us.</summary>
/// <param name="becoming">What their commands begin with, for a display that does not let this user in.</param>
public sealed class X11Programs(string display, params string[] becoming) : IAsyncDisposable
{
    /// <summary>Debian's, for which python3-gi is compiled; another may stand before it in PATH.</summary>
    private const string Python = "/usr/bin/python3";

    private static readonly string GtkPeer = Path.Combine(
        FaultPointList.Root,
        "tests",
        "interop",
        "gtkpeer",
        "gtkpeer.py"
    );

    private readonly List<Process> _owners = [];

    /// <summary>Nobody may block on a full pipe of complaints.</summary>
    private readonly List<Task> _drains = [];
    private readonly List<TemporaryFolder> _folders = [];

    /// <summary>
    /// xclip takes CLIPBOARD and serves it until somebody else takes it. Returns when it says that it waits for requests.
    /// </summary>
    public async Task XclipCopyAsync(byte[] content, string? target = null)
    {
        var process = BeginXclip(target);
        await process.StandardInput.BaseStream.WriteAsync(content);
        process.StandardInput.Close();
        await OwnsAsync(process);
    }

    public Task XclipCopyAsync(string text) => XclipCopyAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Content of any size.</summary>
    public async Task XclipCopyFileAsync(string file, string? target = null)
    {
        var process = BeginXclip(target);
        await using (var content = File.OpenRead(file))
        {
            await content.CopyToAsync(process.StandardInput.BaseStream);
        }
        process.StandardInput.Close();
        await OwnsAsync(process);
    }

    private Process BeginXclip(string? target)
    {
        // -verbose keeps it in the foreground, so that its process is ours to end.
        List<string> arguments = ["-selection", "clipboard", "-i", "-verbose"];
        if (target is not null)
        {
            arguments.AddRange(["-t", target]);
        }
        var process = Start("xclip", arguments, input: true);
        _owners.Add(process);
        return process;
    }

    private async Task OwnsAsync(Process process)
    {
        // "Waiting for one selection request." or so: it owns the selection from then on.
        while (await Watchdog.Within(process.StandardError.ReadLineAsync(), "xclip to own the clipboard") is { } line)
        {
            if (line.Contains("Waiting", StringComparison.OrdinalIgnoreCase))
            {
                break;
            }
        }
        _drains.Add(process.StandardError.ReadToEndAsync());
    }

    public Task<byte[]> XclipPasteAsync(string target) =>
        OutputAsync("xclip", ["-selection", "clipboard", "-o", "-t", target]);

    /// <summary>The names of the targets on offer.</summary>
    public async Task<string[]> TargetsAsync() =>
        Encoding.ASCII.GetString(await XclipPasteAsync("TARGETS")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>xsel detaches by itself and ends when it loses the clipboard.</summary>
    public async Task XselCopyAsync(byte[] content)
    {
        var process = Start("xsel", ["--clipboard", "--input", "--nodetach"], input: true);
        _owners.Add(process);
        _drains.Add(process.StandardError.ReadToEndAsync());
        await process.StandardInput.BaseStream.WriteAsync(content);
        process.StandardInput.Close();
    }

    public Task<byte[]> XselPasteAsync() => OutputAsync("xsel", ["--clipboard", "--output"]);

    /// <summary>A GTK program copies, several formats at once; returns when it owns the clipboard.</summary>
    public async Task GtkCopyAsync(params IReadOnlyList<(string Target, byte[] Bytes)> formats)
    {
        var folder = new TemporaryFolder();
        _folders.Add(folder);
        List<string> arguments = [GtkPeer, "copy"];
        foreach (var (target, bytes) in formats)
        {
            var file = Path.Combine(folder.Path, arguments.Count.ToString(CultureInfo.InvariantCulture));
            await File.WriteAllBytesAsync(file, bytes);
            arguments.Add($"{target}={file}");
        }
        var process = Start(Python, arguments, input: false);
        _owners.Add(process);
        _drains.Add(process.StandardError.ReadToEndAsync());
        Assert.Equal(
            "owned",
            await Watchdog.Within(process.StandardOutput.ReadLineAsync(), "the GTK program to own the clipboard")
        );
    }

    public Task<byte[]> GtkPasteAsync(string target) => OutputAsync(Python, [GtkPeer, "paste", target]);

    /// <summary>Content of any size, by xclip or the GTK program.</summary>
    public Task<StreamedPaste> StreamAsync(string target, bool byGtk = false) =>
        byGtk
            ? StreamAsync(Python, [GtkPeer, "paste", target])
            : StreamAsync("xclip", ["-selection", "clipboard", "-o", "-t", target]);

    /// <summary>A program that runs until the end, with all that it starts; nobody looks at what it writes.</summary>
    public void Begin(string program, params string[] arguments)
    {
        var process = Start(program, [.. arguments], input: false);
        _owners.Add(process);
        _drains.Add(process.StandardError.ReadToEndAsync());
        _drains.Add(process.StandardOutput.ReadToEndAsync());
    }

    /// <summary>The last program that copied is killed: the clipboard is empty then.</summary>
    public void KillLastOwner() => _owners[^1].Kill();

    public async ValueTask DisposeAsync()
    {
        foreach (var owner in _owners)
        {
            if (!owner.HasExited)
            {
                owner.Kill(entireProcessTree: true);
            }
        }
        await Watchdog.Within(Task.WhenAll(_drains), "xclip and xsel to end");
        _owners.ForEach(owner => owner.Dispose());
        _folders.ForEach(folder => folder.Dispose());
    }

    private async Task<StreamedPaste> StreamAsync(string program, List<string> arguments)
    {
        var began = Stopwatch.GetTimestamp();
        using var process = Start(program, arguments, input: false);
        _drains.Add(process.StandardError.ReadToEndAsync());
        try
        {
            return await StreamedPaste.OfAsync(process, began);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Runs to its end. Throws if it fails.</summary>
    private async Task<byte[]> OutputAsync(string program, List<string> arguments)
    {
        using var process = Start(program, arguments, input: false);
        _drains.Add(process.StandardError.ReadToEndAsync());
        var output = new MemoryStream();
        try
        {
            await Watchdog.Within(process.StandardOutput.BaseStream.CopyToAsync(output), $"{program} to paste");
            await Watchdog.Within(process.WaitForExitAsync(), $"{program} to end");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
        return process.ExitCode == 0
            ? output.ToArray()
            : throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"{program} ended with {process.ExitCode}.")
            );
    }

    private Process Start(string program, List<string> arguments, bool input)
    {
        string[] command = [.. becoming, program, .. arguments];
        return Process.Start(
            new ProcessStartInfo(command[0], command[1..])
            {
                RedirectStandardInput = input,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["DISPLAY"] = display },
            }
        )!;
    }
}
