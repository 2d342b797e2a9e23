using System.Diagnostics;
using Toss.Cli.Daemon;
using Toss.Control;

namespace Toss.Cli.Commands.Demo;

/// <summary>Every process the demo started, and nothing else: it ends these, by what it was given when it started them.</summary>
internal sealed class DemoProcesses(string folder) : IAsyncDisposable
{
    /// <summary>After being asked to end; then it is killed.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(3);

    private readonly List<Process> _started = [];

    public IReadOnlyList<int> Running =>
        [.. _started.Where(process => !process.HasExited).Select(process => process.Id)];

    /// <summary>Detached, so that `--keep` can leave it behind; its output is in the demo's folder.</summary>
    public Process Start(string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string?> environment)
    {
        var process = DetachedProcess.Start(command, OutputOf(name), environment);
        _started.Add(process);
        return process;
    }

    /// <summary>A process that somebody else's code started for the demo.</summary>
    public void Add(Process process) => _started.Add(process);

    public void RefuseEnded(Process process, string name)
    {
        if (process.HasExited)
        {
            var said = File.Exists(OutputOf(name)) ? File.ReadLines(OutputOf(name)).FirstOrDefault() : null;
            throw new ControlException(
                ControlErrors.Internal,
                $"{name} ended at once (exit code {process.ExitCode}){(said is null ? "" : $": {said}")}"
            );
        }
    }

    /// <summary>Last started, first ended.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_started))
        {
            ProcessSignal.Terminate(process);
            using var limited = new CancellationTokenSource(EndTimeout);
            try
            {
                await process.WaitForExitAsync(limited.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
            process.Dispose();
        }
        _started.Clear();
    }

    private string OutputOf(string name) => Path.Combine(folder, $"{name}.log");
}
