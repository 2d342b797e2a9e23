using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Toss.Control;
using Toss.Platform.Hosting;
using Toss.Testing.Platform;

namespace Toss.Testing.Programs;

/// <summary>
/// One device as its user has it: the real `toss`, with a home of its own and perhaps a display. What a user does goes
/// through the command line; <see cref="Control"/> serves the waiting in between, which would else start a process a look.
/// Ends the agent that its commands started, and nothing else.
/// </summary>
public sealed class TossProgram : IAsyncDisposable
{
    private readonly BuiltPrograms _programs;
    private readonly string? _display;
    private readonly TemporaryFolder _folder = new();
    private readonly HttpControl _control;

    public TossProgram(string name, string? display = null, BuiltPrograms? programs = null)
    {
        Name = name;
        _display = display;
        _programs = programs ?? BuiltPrograms.Default;
        Folders = TossFolders.From(variable => variable == "TOSS_HOME" ? Home : null, 0, _ => false);
        _control = new HttpControl(Folders.ControlSocket);
    }

    public string Name { get; }

    public string Home => _folder["home"];

    public TossFolders Folders { get; }

    public IControl Control => _control;

    /// <summary>Changes to the environment of every command, and so of the agent; null removes a variable.</summary>
    public Dictionary<string, string?> Variables { get; } = [];

    /// <summary>Whether the agent listens for its peers and dials them; most tests are about what a relay carries.</summary>
    public bool UsesLinks { get; init; }

    /// <summary>Whether the agent asks the routers of its machine to open a port: only in networks of a test.</summary>
    public bool AsksRouters { get; init; }

    /// <summary>Of the agent that <see cref="UpAsync"/> found running.</summary>
    public int DaemonPid { get; private set; }

    /// <summary>Whether the agent that <see cref="UpAsync"/> found is still there.</summary>
    public bool IsRunning => DaemonPid != 0 && IsOurs(DaemonPid);

    /// <summary>A device that is up.</summary>
    public static async Task<TossProgram> StartAsync(
        string name,
        Uri? relay,
        string? display = null,
        BuiltPrograms? programs = null,
        bool usesLinks = false,
        string? waylandDisplay = null
    )
    {
        // An empty DISPLAY is none, and not headless.
        var program = new TossProgram(name, display ?? (waylandDisplay is null ? null : ""), programs)
        {
            UsesLinks = usesLinks,
            Variables = { ["WAYLAND_DISPLAY"] = waylandDisplay },
        };
        try
        {
            await program.UpAsync(["--name", name, .. relay is null ? [] : (string[])["--relay", relay.AbsoluteUri]]);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Begins a command; the caller disposes it.</summary>
    public RunningCommand Begin(params string[] arguments) => Begin(null, arguments);

    public async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        await using var command = Begin(arguments);
        return await command.EndAsync();
    }

    public async Task<ProgramResult> RunWithInputAsync(ReadOnlyMemory<byte> input, params string[] arguments)
    {
        await using var command = Begin(input, arguments);
        return await command.EndAsync();
    }

    /// <summary>Runs a command that must succeed, with `--json`.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments) =>
        (await RunAsync([.. arguments, "--json"])).Exits(0).Json();

    /// <summary>`toss up`, which must succeed, and the agent's pid from `toss status`.</summary>
    public async Task UpAsync(params string[] arguments)
    {
        string[] headless = _display is null ? ["--headless"] : [];
        (await RunAsync(["up", .. headless, .. arguments])).Exits(0);
        var status = await JsonAsync("status");
        DaemonPid = status.GetProperty("daemon").GetProperty("pid").GetInt32();
    }

    /// <summary>`toss copy`, which must succeed.</summary>
    public async Task CopyAsync(ReadOnlyMemory<byte> content, string type) =>
        (await RunWithInputAsync(content, "copy", "-", "--type", type)).Exits(0);

    /// <summary>Of any size: it is read as it is sent.</summary>
    public async Task CopyFileAsync(string path, string type)
    {
        await using var content = File.OpenRead(path);
        if ((await Control.CopyAsync(type, content, false, default)).Clip is null)
        {
            throw new InvalidOperationException($"{Name} did not share what was copied.");
        }
    }

    public Task CopyAsync(string text) => CopyAsync(Encoding.UTF8.GetBytes(text), "text/plain;charset=utf-8");

    /// <summary>Waits until the clipboard holds these bytes, then reads them as a user does, and compares their hashes.</summary>
    public async Task PastesAsync(ReadOnlyMemory<byte> content, string type)
    {
        await HoldsAsync(content, type);
        var pasted = (await RunAsync("paste", "--type", type)).Exits(0).Bytes;
        Xunit.Assert.Equal(
            Convert.ToHexString(SHA256.HashData(content.Span)),
            Convert.ToHexString(SHA256.HashData(pasted))
        );
    }

    public Task PastesAsync(string text) => PastesAsync(Encoding.UTF8.GetBytes(text), "text/plain;charset=utf-8");

    /// <summary>Waits until the clipboard holds these bytes.</summary>
    public Task HoldsAsync(ReadOnlyMemory<byte> content, string type) =>
        Eventually.HoldsAsync(
            $"{content.Length} bytes of {type} on the clipboard of {Name}",
            async () => (await ReadAsync(type)).AsSpan().SequenceEqual(content.Span),
            async () =>
                $"{(await ReadAsync(type))?.Length.ToString(CultureInfo.InvariantCulture) ?? "no"} bytes, {await StateAsync()}"
        );

    /// <summary>The names in `toss devices`, this device's not.</summary>
    public async Task<string[]> PeersAsync() =>
        [
            .. (await Control.GetDevicesAsync(CancellationToken.None))
                .Where(device => !device.Self)
                .Select(device => device.Name)
                .Order(StringComparer.Ordinal),
        ];

    public Task RelayIsAsync(string state) =>
        Eventually.HoldsAsync(
            $"the relay of {Name} to be {state}",
            async () => (await Control.GetStatusAsync(CancellationToken.None)).Relay.State == state,
            StateAsync
        );

    /// <summary>What `toss status` tells of relay and peers, and the end of the log: for failures.</summary>
    public async Task<string> StateAsync()
    {
        var log = Path.Combine(Folders.State, "toss.log");
        var end = File.Exists(log) ? string.Join('\n', (await File.ReadAllLinesAsync(log)).TakeLast(12)) : "no log";
        try
        {
            var status = await Control.GetStatusAsync(CancellationToken.None);
            return $"{Name}: {status.Relay}, peers {string.Join("; ", status.Peers)}; log:\n{end}";
        }
        catch (ControlException failure)
        {
            return $"{Name}: {failure.Message}; log:\n{end}";
        }
    }

    /// <summary>Waits until it has a link to its one peer.</summary>
    public Task LinkedAsync() =>
        Eventually.HoldsAsync(
            $"{Name} to have a link",
            async () =>
                (await JsonAsync("status")).GetProperty("peers")[0].GetProperty("path")
                    is { ValueKind: JsonValueKind.Object } path
                && path.GetProperty("kind").GetString() is "lan" or "direct",
            async () => (await JsonAsync("status")).ToString()
        );

    /// <summary>SIGKILL of the agent.</summary>
    public async Task KillAsync()
    {
        if (DaemonPid != 0)
        {
            await EndAsync(DaemonPid);
            DaemonPid = 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        // Also an agent whose `up` failed half-way: only what carries this home, which nobody else has.
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid))
            {
                await EndAsync(pid);
            }
        }
        _folder.Dispose();
    }

    private RunningCommand Begin(ReadOnlyMemory<byte>? input, string[] arguments)
    {
        var start = new ProcessStartInfo(_programs.Toss[0], [.. _programs.Toss.Skip(1), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["TOSS_HOME"] = Home,
                ["DISPLAY"] = _display,
                ["XAUTHORITY"] = null,
                ["WAYLAND_DISPLAY"] = null,
                // The desktop of whoever runs the tests may have its wayland-0 there.
                ["XDG_RUNTIME_DIR"] = null,
                ["DBUS_SESSION_BUS_ADDRESS"] = null,
                ["TOSS_LINKS"] = UsesLinks ? "on" : "off",
                ["TOSS_PORT_MAPPING"] = AsksRouters ? "on" : "off",
            },
        };
        foreach (var (variable, value) in Variables)
        {
            start.Environment[variable] = value;
        }
        return new RunningCommand(start, string.Join(' ', arguments), input);
    }

    private async Task<byte[]?> ReadAsync(string type)
    {
        if (await Control.PasteAsync(type, null, CancellationToken.None) is not { } content)
        {
            return null;
        }
        await using var stream = content.Content;
        var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    /// <summary>Kills a process of this home, and returns when it is gone: the parent may leave it unburied.</summary>
    private async Task EndAsync(int pid)
    {
        if (!IsOurs(pid))
        {
            return;
        }
        using (var kill = Process.Start("kill", ["-KILL", pid.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }
        await Eventually.HoldsAsync($"process {pid} to end", () => Task.FromResult(!IsOurs(pid)));
    }

    private bool IsOurs(int pid)
    {
        try
        {
            // Of a dead process that nobody buried yet this is empty.
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0').Contains($"TOSS_HOME={Home}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
