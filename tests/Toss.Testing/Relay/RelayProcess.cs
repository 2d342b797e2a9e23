using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Toss.Testing.Programs;

namespace Toss.Testing.Relay;

/// <summary>
/// The real toss-relay, in a process of its own, from the build output beside the tests or compiled ahead of time. Keeps its port and its data
/// directory over restarts, so clients find it again.
/// </summary>
public sealed partial class RelayProcess : IAsyncDisposable
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(60);

    private readonly List<string> _errors = [];
    private readonly BuiltPrograms _programs;
    private readonly string[] _options;
    private readonly bool _ownsData;
    private Process? _process;

    private RelayProcess(BuiltPrograms programs, string? dataDirectory, string[] options)
    {
        _programs = programs;
        _options = options;
        _ownsData = dataDirectory is null;
        DataDirectory = dataDirectory ?? Directory.CreateTempSubdirectory("toss-relay-test-").FullName;
    }

    /// <summary>ws:// or wss:// and the port it took.</summary>
    public Uri Url { get; private set; } = null!;

    public int Port { get; private set; }

    public string DataDirectory { get; }

    /// <summary>What it wrote to standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return string.Join('\n', _errors);
            }
        }
    }

    public int Id => _process!.Id;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Starts a relay on a free port and waits until it listens. Without a directory it gets one, removed at the end.</summary>
    public static Task<RelayProcess> StartAsync(string? dataDirectory = null, params string[] options) =>
        StartBuiltAsync(BuiltPrograms.Default, dataDirectory, options);

    /// <summary>Likewise, of other programs than those beside the tests.</summary>
    public static async Task<RelayProcess> StartBuiltAsync(
        BuiltPrograms programs,
        string? dataDirectory = null,
        params string[] options
    )
    {
        var relay = new RelayProcess(programs, dataDirectory, options);
        try
        {
            await relay.StartAsync();
            return relay;
        }
        catch
        {
            await relay.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs toss-relay until it exits by itself; for command lines that must fail.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(StartInfo(BuiltPrograms.Default, arguments))!;
        using var patience = new CancellationTokenSource(Watchdog);
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"toss-relay {string.Join(' ', arguments)} did not exit within {Watchdog}");
        }
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>SIGKILL: what a crash leaves is what it left.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync().WaitAsync(Watchdog);
        }
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Watchdog);
        await _process.WaitForExitAsync().WaitAsync(Watchdog);
        return _process.ExitCode;
    }

    /// <summary>Again on the same port and data.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        if (_ownsData)
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }

    private static ProcessStartInfo StartInfo(BuiltPrograms programs, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(programs.Relay[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])[.. programs.Relay.Skip(1), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }
        return start;
    }

    private async Task StartAsync()
    {
        string[] arguments = ["--listen", $"127.0.0.1:{Port}", "--data", DataDirectory, .. _options];
        _process?.Dispose();
        _process = Process.Start(StartInfo(_programs, arguments))!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.Add(line.Data ?? "");
            }
        };
        _process.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(Watchdog);
        string? first;
        try
        {
            first = await _process.StandardOutput.ReadLineAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"toss-relay said nothing within {Watchdog}; on standard error: {Errors}");
        }
        var match = Listening().Match(first ?? "");
        if (!match.Success)
        {
            throw new InvalidOperationException($"toss-relay said '{first}'; on standard error: {Errors}");
        }
        Url = new Uri(match.Groups[1].Value);
        Port = Url.Port;
    }

    [GeneratedRegex("^toss-relay listening on (wss?://.+)$")]
    private static partial Regex Listening();
}
