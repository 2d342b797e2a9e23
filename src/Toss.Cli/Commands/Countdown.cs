using System.Globalization;

namespace Toss.Cli.Commands;

/// <summary>
/// "Waiting, 4:31 left", rewritten in place each second. A carriage return and blanks do it, so it needs no colours and
/// no cursor control. On stderr, where nobody reads a result.
/// </summary>
internal sealed class Countdown(CommandHost host, bool show) : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private DateTimeOffset _end;
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;

    public void Start(DateTimeOffset end)
    {
        _end = end;
        Resume();
    }

    public void Resume()
    {
        if (show && _stop is null)
        {
            _stop = new CancellationTokenSource();
            _running = TickAsync(_stop.Token);
        }
    }

    /// <summary>Clears the line; afterwards others may write.</summary>
    public async Task PauseAsync()
    {
        if (_stop is null)
        {
            return;
        }
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _stop = null;
        await host.Error.WriteAsync($"\r{new string(' ', 40)}\r");
    }

    public async ValueTask DisposeAsync() => await PauseAsync();

    private async Task TickAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Step, host.Time);
        try
        {
            do
            {
                var left = _end - host.Time.GetUtcNow();
                if (left < TimeSpan.Zero)
                {
                    left = TimeSpan.Zero;
                }
                await host.Error.WriteAsync($"\r{Line(left)}");
                await host.Error.FlushAsync(stop);
            } while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException)
        {
            // Paused or done.
        }
    }

    private static string Line(TimeSpan left) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Waiting, {(int)left.TotalMinutes}:{left.Seconds:00} left (Ctrl-C ends it) "
        );
}
