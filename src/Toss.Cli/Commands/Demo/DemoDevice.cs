using System.Diagnostics;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands.Demo;

/// <summary>One of the demo's two devices: an agent with a home, and on X11 a display, of its own.</summary>
internal sealed class DemoDevice : IDisposable
{
    private readonly HttpControl _control;

    private DemoDevice(string name, string home, string? display, HttpControl control)
    {
        Name = name;
        Home = home;
        Display = display;
        _control = control;
    }

    public string Name { get; }
    public string Home { get; }
    public string? Display { get; }
    public IControl Control => _control;

    public static async Task<DemoDevice> StartAsync(
        string name,
        string folder,
        string? display,
        DemoProcesses processes,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var home = Path.Combine(folder, name);
        // The demo's folder is short, so the socket is in it and the user id, which names a fallback, does not matter.
        var folders = TossFolders.From(variable => variable == "TOSS_HOME" ? home : null, 0, _ => false);
        var environment = new Dictionary<string, string?>
        {
            ["TOSS_HOME"] = home,
            ["DISPLAY"] = display,
            ["XAUTHORITY"] = null,
            ["WAYLAND_DISPLAY"] = null,
            // A demo must not ask for, or write to, the person's keyring.
            ["DBUS_SESSION_BUS_ADDRESS"] = null,
        };
        var device = new DemoDevice(name, home, display, new HttpControl(folders.ControlSocket));
        try
        {
            await AgentStart.StartAsync(
                device.Control,
                new DaemonLauncher(folders, environment, processes.Add),
                new DaemonOptions(Headless: display is null),
                time,
                cancellation
            );
            await device.Control.RenameAsync($"demo-{name}", cancellation);
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Puts the content on this device's clipboard, by xclip if it has a display.</summary>
    public async Task CopyAsync(
        DemoContent content,
        string file,
        DemoProcesses processes,
        CancellationToken cancellation
    )
    {
        if (Display is null)
        {
            await Control.CopyAsync(content.MediaType, new MemoryStream(content.Bytes), isSecret: false, cancellation);
            return;
        }
        await File.WriteAllBytesAsync(file, content.Bytes, cancellation);
        // -quiet keeps xclip in the foreground: it can be ended by the id it was started with.
        processes.Start(
            $"xclip-{content.Extension}",
            ["xclip", "-quiet", "-selection", "clipboard", "-t", content.Target, "-i", file],
            new Dictionary<string, string?> { ["DISPLAY"] = Display, ["XAUTHORITY"] = null }
        );
    }

    /// <summary>What another program on this device gets: through xclip if there is a display.</summary>
    public async Task<byte[]> ReadAsync(DemoContent content, CancellationToken cancellation)
    {
        if (Display is null)
        {
            return await PasteAsync(content.MediaType, TimeSpan.Zero, cancellation) ?? [];
        }
        var start = new ProcessStartInfo("xclip")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DISPLAY"] = Display, ["XAUTHORITY"] = null },
        };
        foreach (var argument in (ReadOnlySpan<string>)["-o", "-selection", "clipboard", "-t", content.Target])
        {
            start.ArgumentList.Add(argument);
        }
        using var xclip = Process.Start(start)!;
        try
        {
            var bytes = new MemoryStream();
            var errors = xclip.StandardError.ReadToEndAsync(cancellation);
            await xclip.StandardOutput.BaseStream.CopyToAsync(bytes, cancellation);
            await errors;
            await xclip.WaitForExitAsync(cancellation);
            return bytes.ToArray();
        }
        catch (OperationCanceledException)
        {
            xclip.Kill();
            throw;
        }
    }

    public async Task<byte[]?> PasteAsync(string mediaType, TimeSpan wait, CancellationToken cancellation)
    {
        if (await Control.PasteAsync(mediaType, wait, cancellation) is not { } content)
        {
            return null;
        }
        await using var stream = content.Content;
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellation);
        return bytes.ToArray();
    }

    public void Dispose() => _control.Dispose();
}
