using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;

namespace Toss.Benchmarks.Histories;

/// <summary>CopyQ's server and the commands that speak to it, with a home of their own.</summary>
internal sealed class CopyQProgram(string display, string home)
{
    public Process Start() => Run("copyq", [], output: false);

    /// <summary>What the command prints.</summary>
    public async Task<string> AskAsync(params string[] arguments)
    {
        using var process = Run("copyq", arguments, output: true);
        var printed = process.StandardOutput.ReadToEndAsync();
        await Watchdog.Within(process.WaitForExitAsync(), $"copyq {arguments[0]} to end");
        return (await printed).Trim();
    }

    /// <summary>Into its window.</summary>
    public async Task TypeAsync(int server, string key)
    {
        var pid = server.ToString(CultureInfo.InvariantCulture);
        using var process = Run(
            "xdotool",
            ["search", "--onlyvisible", "--pid", pid, "windowfocus", "key", key],
            output: true
        );
        await Watchdog.Within(process.WaitForExitAsync(), "a key to be typed");
    }

    private Process Run(string program, string[] arguments, bool output)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = output,
            RedirectStandardError = true,
        };
        start.Environment["DISPLAY"] = display;
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(home, "config");
        start.Environment["XDG_DATA_HOME"] = Path.Combine(home, "data");
        start.Environment["QT_QPA_PLATFORM"] = "xcb";
        foreach (var name in (string[])["XAUTHORITY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"])
        {
            start.Environment.Remove(name);
        }
        var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
