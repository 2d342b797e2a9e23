using Microsoft.Extensions.Logging;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent.Watching;

/// <summary>
/// Tells those that watch what happens. What was committed to the store is told as it is; everything else by looking at the
/// device again whenever something rings, and comparing. While nobody watches, it sleeps and costs nothing: it stays awake a
/// few minutes after the last one left, so that one whose stream broke misses nothing.
/// </summary>
internal sealed class EventFeed(DeviceAgent agent, AgentPorts ports)
{
    /// <summary>Events remembered: minutes of a busy day, at most some hundred kilobytes of previews.</summary>
    public const int Remembered = 256;

    /// <summary>How long it stays awake for one that comes back.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>How often it is told how far large content has come: a bar that moves, and a ring that is not full of it.</summary>
    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Changes not told yet, of some hundred bytes each. More at once is a flood: then those that watch get a snapshot instead.
    /// </summary>
    private const int MostNotes = 1024;

    private readonly ILogger _log = ports.Logs.CreateLogger<EventFeed>();
    private readonly EventRing _ring = new(
        $"{agent.StartedAt.ToUnixTimeMilliseconds():x}-{agent.Options.ProcessId:x}",
        Remembered
    );
    private readonly CommittedEvents _committed = new(agent);
    private readonly Queue<CommittedChange> _notes = new();
    private readonly List<EventWatch> _watches = [];
    private readonly Wake _wake = new(ports.Time);
    private readonly AsyncLock _one = new();
    private DeviceView? _seen;
    private DateTimeOffset _leftAt = DateTimeOffset.MinValue;

    /// <summary>The agent ends: nobody is told anything more.</summary>
    public bool HasEnded { get; private set; }

    private bool IsAwake => _watches.Count > 0 || agent.Device.SteadyNow - _leftAt < Patience;

    /// <param name="after">Where it goes on; null from the beginning.</param>
    public EventWatch Watch(EventPosition? after)
    {
        if (!IsAwake)
        {
            Sleep();
        }
        var watch = new EventWatch(this, ports.Time, after);
        _watches.Add(watch);
        _wake.Ring();
        return watch;
    }

    public void Leave(EventWatch watch)
    {
        if (_watches.Remove(watch))
        {
            _leftAt = agent.Device.SteadyNow;
        }
    }

    /// <summary>Something may look different now.</summary>
    public void Wake()
    {
        if (IsAwake)
        {
            _wake.Ring();
        }
    }

    public void Note(IReadOnlyList<StoreWrite> writes)
    {
        foreach (var change in IsAwake ? CommittedChange.Of(writes) : [])
        {
            Add(change);
        }
        // Settings are commits too, and seen by looking.
        Wake();
    }

    public void Note(AgentEvent happened) => Add(new CommittedChange(happened));

    /// <summary>Of a secret only that one is held is told, which is seen by looking: no name, and not how often one came.</summary>
    public void Note(Clip applied, ApplyOutcome outcome)
    {
        if (applied.Sensitivity != Sensitivity.Secret)
        {
            Note(new ClipApplied(applied.Id.ToString(), StatusWriter.Word(outcome)));
        }
    }

    public void Note(SweepResult swept)
    {
        if (swept is not { Erased.Count: 0, Expired: 0 })
        {
            Note(new HistoryChanged("retention"));
        }
    }

    public bool TryReadAfter(EventPosition position, int limit, out IReadOnlyList<AgentEvent> events) =>
        _ring.TryReadAfter(position, limit, out events);

    /// <summary>All there is to see, standing where whoever gets it goes on.</summary>
    public async ValueTask<AgentEvent> SnapshotAsync(CancellationToken cancellation)
    {
        using (await _one.EnterAsync(cancellation))
        {
            Saw(await DeviceView.LookAsync(agent, cancellation));
            return _ring.AtLast(_seen!.ToSnapshot(), agent.Device.Now);
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var clipboard = FollowClipboardAsync(ending.Token);
        try
        {
            while (true)
            {
                await RoundAsync(cancellation);
                await _wake.WaitAsync(UntilNextLook(), cancellation);
            }
        }
        finally
        {
            HasEnded = true;
            _watches.ForEach(watch => watch.Wake());
            // Also if this loop failed: the agent is to hear of it, and would not while the clipboard is waited for.
            ending.Cancel();
            await clipboard;
        }
    }

    private async ValueTask RoundAsync(CancellationToken cancellation)
    {
        if (!IsAwake)
        {
            Sleep();
            return;
        }
        using (await _one.EnterAsync(cancellation))
        {
            try
            {
                await TellNotesAsync(cancellation);
                var view = await DeviceView.LookAsync(agent, cancellation);
                // Again, since the view may show already what was committed meanwhile: a clip is told before what it changed.
                await TellNotesAsync(cancellation);
                Saw(view);
            }
            catch (StoreException failure)
            {
                // What could not be read could not be told.
                _log.WorkFailed("Telling what happened", failure);
                Break();
            }
        }
    }

    private async ValueTask TellNotesAsync(CancellationToken cancellation)
    {
        _committed.Begin();
        // Those there now, and not what is committed while they are told: that is told once more, though it is of the same delivery.
        for (var left = _notes.Count; left > 0 && _notes.TryDequeue(out var change); left--)
        {
            if (await _committed.OfAsync(change, cancellation) is { } told)
            {
                Publish(told);
            }
        }
    }

    private void Saw(DeviceView view)
    {
        if (_seen is { } before)
        {
            foreach (var changed in view.ChangesSince(before))
            {
                Publish(changed);
            }
        }
        _seen = view;
    }

    private void Publish(AgentEvent happened)
    {
        _ring.Add(happened, agent.Device.Now);
        _watches.ForEach(watch => watch.Wake());
    }

    private void Add(CommittedChange note)
    {
        if (!IsAwake)
        {
            return;
        }
        if (_notes.Count == MostNotes)
        {
            _notes.Clear();
            Break();
        }
        _notes.Enqueue(note);
        _wake.Ring();
    }

    /// <summary>Something is missing from here on: whoever reads on gets a snapshot.</summary>
    private void Break()
    {
        _ring.Break();
        _watches.ForEach(watch => watch.Wake());
    }

    private void Sleep()
    {
        if (_seen is null)
        {
            return;
        }
        _notes.Clear();
        _seen = null;
        _ring.Break();
    }

    /// <summary>A pause ends by the clock alone, and large content comes without a word.</summary>
    private TimeSpan UntilNextLook()
    {
        if (_watches.Count == 0 || _seen is not { Status: var status })
        {
            return Timeout.InfiniteTimeSpan;
        }
        if (status.Transfers.Any(transfer => transfer.State == StatusWriter.Running))
        {
            return Progress;
        }
        return status.PausedUntil is { } end
            ? TimeSpan.FromTicks(
                Math.Clamp((end - agent.Device.Now).Ticks, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerDay)
            )
            : Timeout.InfiniteTimeSpan;
    }

    private async Task FollowClipboardAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var _ in ports.Clipboard.States.EachAsync(cancellation))
            {
                Wake();
            }
        }
        catch (OperationCanceledException)
        {
            // The agent ends.
        }
    }
}
