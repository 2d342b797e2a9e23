using Toss.Control;
using Toss.Testing.Programs;

namespace Toss.Tests.Real.Kills;

/// <summary>Copies on one device as long as it is asked to, through kills: what fails is not acknowledged, and goes on.</summary>
internal sealed class KillLoad
{
    /// <summary>One in so many copies is large: a blob, which takes other steps.</summary>
    private const int LargeEvery = 20;

    /// <summary>Between looks at the trace, which holds the last 200 clips.</summary>
    private const int TraceEvery = 15;

    private static readonly TimeSpan rest = TimeSpan.FromMilliseconds(5);

    private readonly KillWorld _world;
    private readonly TossProgram _program;
    private readonly Func<bool> _mayCopy;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="world">Where the copies are counted.</param>
    /// <param name="program">The device.</param>
    /// <param name="mayCopy">False for a while when there is enough.</param>
    public KillLoad(KillWorld world, TossProgram program, Func<bool> mayCopy)
    {
        _world = world;
        _program = program;
        _mayCopy = mayCopy;
        _running = RunAsync();
    }

    /// <summary>A clip that one run of an agent put on its clipboard twice; null if there is none.</summary>
    public string? AppliedTwice { get; private set; }

    /// <summary>Tries that failed because the agent was away.</summary>
    public int Failed { get; private set; }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        for (var number = 1; !_stop.IsCancellationRequested; )
        {
            if (!_mayCopy())
            {
                await Task.Delay(rest);
                continue;
            }
            try
            {
                await _world.CopyAsync(_program, number % LargeEvery == 0, CancellationToken.None);
                number++;
                if (number % TraceEvery == 0)
                {
                    LookAt(await _program.Control.GetTraceAsync(200, CancellationToken.None));
                }
            }
            catch (ControlException)
            {
                Failed++;
                await Task.Delay(rest);
            }
        }
    }

    private void LookAt(IReadOnlyList<TraceReport> trace)
    {
        foreach (var clip in trace)
        {
            if (clip.Stages.Count(stage => stage is { Name: "Apply", Note: "Applied" }) > 1)
            {
                AppliedTwice ??= $"{_program.Name}: {clip}";
            }
        }
    }
}
