using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Core.Scheduling;

namespace Toss.Agent;

/// <summary>
/// Brings what is stored in line with a plan, when that may have changed and now and then. The plan follows from what is known
/// alone, so a revision that failed, or a crash, loses nothing.
/// </summary>
/// <param name="work">What it does, for the log.</param>
internal sealed class Revision(TimeProvider time, ILogger log, string work, Func<CancellationToken, ValueTask> revise)
{
    /// <summary>What is revised ends after days.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>After a disk that said no.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly Wake _wake = new(time);

    /// <summary>What the plan follows from may have changed.</summary>
    public void Wake() => _wake.Ring();

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var next = Period;
            try
            {
                await revise(cancellation);
            }
            catch (StoreException failure)
            {
                log.WorkFailed(work, failure);
                next = Rest;
            }
            await _wake.WaitAsync(next, cancellation);
        }
    }
}
