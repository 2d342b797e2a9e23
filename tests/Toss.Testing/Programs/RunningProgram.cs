using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;

namespace Toss.Testing.Programs;

/// <summary>Somebody else's program, started by a test: its lines as they come, and its end, by pid.</summary>
public sealed class RunningProgram : IAsyncDisposable
{
    /// <summary>Bytes of output kept; a program that says more is broken.</summary>
    private const int MostKept = 64 * 1024 * 1024;

    private readonly Process _process;
    private readonly string _command;
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Came)> _waiting = [];
    private readonly Task _reading;
    private int _kept;

    private RunningProgram(ProcessStartInfo start)
    {
        _command = $"{start.FileName} {string.Join(' ', start.ArgumentList)}";
        _process = Process.Start(start)!;
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
    }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Lines of standard output and standard error so far, in the order they came.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public static RunningProgram Start(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
        return new RunningProgram(start);
    }

    /// <summary>Runs a short program to its end and returns its standard output.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public static string Run(string program, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        var command = $"{program} {string.Join(' ', arguments)}";
        if (!process.WaitForExit(Watchdog.Patience))
        {
            process.Kill();
            throw new TimeoutException($"Waited {Watchdog.Patience.TotalSeconds:F0} s for `{command}` to end.");
        }
        return process.ExitCode == 0
            ? output.GetAwaiter().GetResult()
            : throw new InvalidOperationException(
                $"`{command}` ended with {process.ExitCode}: {errors.GetAwaiter().GetResult()}"
            );
    }

    /// <summary>The first line, come or to come, that is wanted.</summary>
    public async Task<string> LineAsync(string what, Func<string, bool> wanted)
    {
        Task<string> came;
        lock (_lines)
        {
            if (_lines.FirstOrDefault(wanted) is { } line)
            {
                return line;
            }
            var source = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, source));
            came = source.Task;
        }
        var first = await Watchdog.Within(Task.WhenAny(came, _reading), $"{what} of `{_command}`");
        return first == came || came.IsCompleted
            ? await came
            : throw new InvalidOperationException($"`{_command}` ended without {what}: {Tail()}");
    }

    /// <summary>Its exit code, when it ended by itself.</summary>
    public async Task<int> ExitAsync()
    {
        await Watchdog.Within(_process.WaitForExitAsync(), $"`{_command}` to end, which said at last {Tail()}");
        await Watchdog.Within(_reading, $"the output of `{_command}`");
        return _process.ExitCode;
    }

    /// <summary>Fails the test with what it said if it did not end with 0.</summary>
    public async Task SucceedsAsync()
    {
        if (await ExitAsync() is not 0 and var code)
        {
            throw new InvalidOperationException($"`{_command}` ended with {code}: {Tail()}");
        }
    }

    /// <summary>SIGTERM, and SIGKILL if it does not care.</summary>
    public async Task EndAsync()
    {
        if (!_process.HasExited)
        {
            using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync();
            }
            using var grace = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await _process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }
        await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _process.Dispose();
    }

    public string Tail() => string.Join(" | ", Lines.TakeLast(12));

    private async Task ReadAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                if ((_kept += line.Length) > MostKept)
                {
                    continue;
                }
                _lines.Add(line);
                foreach (var waiting in _waiting.Where(waiting => waiting.Wanted(line)).ToList())
                {
                    _waiting.Remove(waiting);
                    waiting.Came.SetResult(line);
                }
            }
        }
    }
}
