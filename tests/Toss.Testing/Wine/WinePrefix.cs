using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Net;
using Toss.Testing.Platform;

namespace Toss.Testing.Wine;

/// <summary>
/// A Windows of this test's own: Wine, with a disk below a temporary folder and an X server that nobody else uses. All its
/// programs end with it, by its own wineserver.
/// </summary>
public sealed class WinePrefix : IAsyncDisposable
{
    /// <summary>Debian's package puts it nowhere in PATH.</summary>
    private const string Server = "/usr/lib/wine/wineserver64";

    private readonly TemporaryFolder _folder = new();
    private readonly XvfbServer _display;

    private readonly IReadOnlyList<string> _entering;

    private WinePrefix(XvfbServer display, LabNamespace? machine)
    {
        _display = display;
        _entering = machine?.Entering ?? [];
    }

    /// <summary>A folder of Linux for what goes in and out; programs here see it as <see cref="PathOf"/> says.</summary>
    public string Folder => _folder.Path;

    /// <summary>What its programs wrote to standard error; for failures.</summary>
    public string Errors => File.Exists(_folder["errors"]) ? File.ReadAllText(_folder["errors"]) : "";

    /// <param name="machine">Where its programs run; null: on this one.</param>
    public static async Task<WinePrefix> StartAsync(LabNamespace? machine = null)
    {
        var prefix = new WinePrefix(await XvfbServer.StartAsync(), machine);
        try
        {
            // Without its .NET and its browser, for which it would ask the network. Later .NET's own programs need the first.
            await prefix.EndsAsync(
                prefix.Start("wine", ["wineboot", "-i"], ("WINEDLLOVERRIDES", "mscoree,mshtml=")),
                "Wine to make its folders"
            );
            await prefix.EndsAsync(prefix.Start("wine", ["winecfg", "-v", "win10"]), "Wine to become Windows 10");
            await prefix.StopAsync();
            return prefix;
        }
        catch
        {
            await prefix.DisposeAsync();
            throw;
        }
    }

    /// <summary>How its programs see a path of Linux.</summary>
    public static string PathOf(string path) => "Z:" + Path.GetFullPath(path).Replace('/', '\\');

    /// <summary>
    /// A command of Windows with its environment, to be started. Standard error goes to a file: Wine's own services keep that
    /// of the program that woke them, and a pipe would never end.
    /// </summary>
    /// <param name="program">A path of Linux.</param>
    public ProcessStartInfo Command(string program, params string[] arguments) =>
        Start("wine", [program, .. arguments]);

    /// <summary>By Wine's own taskkill.</summary>
    public Task KillAsync(int pid) =>
        EndsAsync(
            Start("wine", ["taskkill", "/f", "/pid", pid.ToString(CultureInfo.InvariantCulture)]),
            $"process {pid} of Wine to be killed"
        );

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _display.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Ends whatever runs in it.</summary>
    private async Task StopAsync()
    {
        // -k fails if there is none.
        using (var kill = Process.Start(Start(Server, ["-k"]))!)
        {
            await Watchdog.Within(kill.WaitForExitAsync(), "wineserver to be told to end");
        }
        await EndsAsync(Start(Server, ["-w"]), "wineserver to end");
    }

    private async Task EndsAsync(ProcessStartInfo start, string what)
    {
        using var process = Process.Start(start)!;
        try
        {
            await Watchdog.Within(process.WaitForExitAsync(), what);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"Waiting for {what}: exit code {process.ExitCode}. {Errors}");
        }
    }

    private ProcessStartInfo Start(string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c",
                "err=$1; shift; exec \"$@\" 2>>\"$err\"",
                "sh",
                _folder["errors"],
                .. _entering,
                program,
                .. arguments,
            ]
        )
        {
            RedirectStandardInput = true,
            Environment =
            {
                ["WINEPREFIX"] = _folder["wine"],
                ["WINEARCH"] = "win64",
                ["WINEDEBUG"] = "-all",
                // .NET writes machine code through a second view of the memory; under Wine 8.0 it breaks where it gives that back.
                ["DOTNET_EnableWriteXorExecute"] = "0",
                ["DISPLAY"] = _display.Display,
                ["XAUTHORITY"] = null,
            },
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
        return start;
    }
}
