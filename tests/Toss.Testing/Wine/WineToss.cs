using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Toss.Testing.Programs;

namespace Toss.Testing.Wine;

/// <summary>A device on Windows: the real toss.exe, with a home of its own on the disk of a <see cref="WinePrefix"/>.</summary>
public sealed class WineToss(WinePrefix prefix, string name) : IAsyncDisposable
{
    private bool _isUp;

    public string Name => name;

    /// <summary>As Linux sees it.</summary>
    public string Home => Path.Combine(prefix.Folder, name);

    public RunningCommand Begin(params string[] arguments) => Begin(null, arguments);

    public async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        await using var command = Begin(arguments);
        return await command.EndAsync();
    }

    /// <summary>Runs a command that must succeed, with `--json`.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments) =>
        (await RunAsync([.. arguments, "--json"])).Exits(0).Json();

    public async Task UpAsync(params string[] arguments)
    {
        _isUp = true;
        (await RunAsync(["up", "--name", name, .. arguments])).Exits(0);
    }

    public async Task CopyAsync(ReadOnlyMemory<byte> content, string type)
    {
        await using var command = Begin(content, "copy", "-", "--type", type);
        (await command.EndAsync()).Exits(0);
    }

    /// <summary>Waits until the clipboard holds these bytes, as `toss paste` gives them.</summary>
    public Task PastesAsync(ReadOnlyMemory<byte> content, string type)
    {
        var last = "nothing";
        return Eventually.HoldsAsync(
            $"{content.Length} bytes of {type} on the clipboard of {name}",
            async () =>
            {
                var pasted = await RunAsync("paste", "--type", type);
                last = $"exit code {pasted.ExitCode}, {pasted.Bytes.Length} bytes";
                return pasted.ExitCode == 0
                    && SHA256.HashData(pasted.Bytes).AsSpan().SequenceEqual(SHA256.HashData(content.Span));
            },
            () => Task.FromResult($"{last}; {Log()}")
        );
    }

    /// <summary>The end of its log: for failures.</summary>
    public string Log()
    {
        var log = Path.Combine(Home, "state", "toss.log");
        return File.Exists(log) ? string.Join('\n', File.ReadAllLines(log, Encoding.UTF8).TakeLast(12)) : "no log";
    }

    /// <summary>Ends the agent as a crash would; by the pid that Windows knows it by.</summary>
    public async Task KillAsync()
    {
        var pid = (await JsonAsync("status")).GetProperty("daemon").GetProperty("pid").GetInt32();
        await prefix.KillAsync(pid);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isUp)
        {
            await RunAsync("down");
        }
    }

    private RunningCommand Begin(ReadOnlyMemory<byte>? input, params string[] arguments)
    {
        var start = prefix.Command(WindowsPrograms.Toss, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["TOSS_HOME"] = WinePrefix.PathOf(Home);
        return new RunningCommand(start, string.Join(' ', arguments), input);
    }
}
