using Toss.Control;

namespace Toss.Ui.State;

/// <summary>
/// The one state of the screens: a snapshot of the agent and its events after it. Orders go to the agent by <see cref="IControl"/>
/// and come back as events; nobody else changes it. Where the stream breaks, it goes on after the last event that came.
/// </summary>
public sealed class AgentStore(IControl control, IAgentReturn back, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Between tries while the agent is not there.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ending = new();
    private EventPosition? _position;
    private Task? _running;

    public event Action? Changed;

    /// <summary>Each event by itself, after the state has it: for what is too much to be in it, as history is.</summary>
    public event Action<AgentEvent>? Told;

    public ScreenState State { get; private set; } = ScreenState.Beginning;

    /// <summary>Begins to follow; once.</summary>
    public void Start() => _running ??= RunAsync(_ending.Token);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        if (_running is not null)
        {
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        _ending.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            StreamState ended;
            try
            {
                ended = await FollowAsync(cancellation);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // Whatever broke: the next try is a whole one.
                ended = StreamState.Lost;
            }
            // It runs before anybody hears that the stream has ended.
            var pause = Task.Delay(Pause, time, cancellation);
            Set(State with { Stream = ended });
            await pause;
        }
    }

    /// <summary>How it stands with the stream when this ends: lost, or closed.</summary>
    private async Task<StreamState> FollowAsync(CancellationToken cancellation)
    {
        if (State.Stream is (StreamState.Lost or StreamState.Closed))
        {
            switch (await back.TryAsync(cancellation))
            {
                case ReturnOutcome.Back:
                    // It is the agent that answers, and lets this page in; it may have nothing new to tell for hours.
                    Set(State with { Stream = State.View is null ? StreamState.Connecting : StreamState.Live });
                    break;
                case ReturnOutcome.Refused:
                    return StreamState.Closed;
                default:
                    return StreamState.Lost;
            }
        }
        await foreach (var told in control.WatchAsync(_position, cancellation))
        {
            var view = AgentView.After(State.View, told);
            _position = told.Position;
            Set(new ScreenState(view is null ? StreamState.Connecting : StreamState.Live, view));
            Told?.Invoke(told);
            await back.PrepareAsync(cancellation);
            if (told is HistoryChanged)
            {
                await LookAgainAsync(cancellation);
            }
        }
        return StreamState.Lost;
    }

    /// <summary>More changed than was told one by one: perhaps of the current clip.</summary>
    private async Task LookAgainAsync(CancellationToken cancellation)
    {
        if (State.View is not { Current: { } current, CurrentIsSecret: false } view)
        {
            return;
        }
        try
        {
            var clip = await control.GetClipAsync(current.Id, cancellation);
            Set(State with { View = view with { Current = clip.Entry } });
        }
        catch (ControlException failure) when (failure.Code == ControlErrors.NoSuchClip)
        {
            // Out of history, and on the clipboard still: what is shown of it holds.
        }
    }

    private void Set(ScreenState state)
    {
        if (state != State)
        {
            State = state;
            Changed?.Invoke();
        }
    }
}
