using Toss.Control;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>The last clips, stage by stage, in memory only. Bounded.</summary>
internal sealed class TraceLog(TimeProvider time)
{
    /// <summary>Clips remembered: more than anybody reads in a terminal.</summary>
    private const int Capacity = 200;

    /// <summary>Stages remembered of one clip: twelve, and a few more for each peer.</summary>
    private const int StagesPerClip = 128;

    private readonly LinkedList<Entry> _entries = [];
    private readonly Dictionary<ClipId, Entry> _byClip = [];

    /// <summary>A clip came a stage further.</summary>
    public event Action? Added;

    public void Add(ClipId clip, string stage, long startedAt, long endedAt, string? note)
    {
        if (!_byClip.TryGetValue(clip, out var entry))
        {
            var direction = stage is Stages.Receive or Stages.Open ? "in" : "out";
            entry = new Entry(clip, direction, time.GetUtcNow(), []);
            _byClip.Add(clip, entry);
            _entries.AddFirst(entry);
            if (_entries.Count > Capacity)
            {
                _byClip.Remove(_entries.Last!.Value.Clip);
                _entries.RemoveLast();
            }
        }
        if (entry.Stages.Count < StagesPerClip)
        {
            entry.Stages.Add((stage, startedAt, endedAt, note));
        }
        Added?.Invoke();
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<TraceReport> Report(int limit) => [.. _entries.Take(limit).Select(Report)];

    private TraceReport Report(Entry entry)
    {
        var first = entry.Stages.Min(stage => stage.StartedAt);
        var stages = entry
            .Stages.OrderBy(stage => stage.StartedAt)
            .Select(stage => new TraceStage(
                stage.Name,
                Math.Round(time.GetElapsedTime(first, stage.StartedAt).TotalMilliseconds, 3),
                Math.Round(time.GetElapsedTime(stage.StartedAt, stage.EndedAt).TotalMilliseconds, 3),
                stage.Note
            ));
        return new TraceReport(entry.Clip.ToString(), entry.Direction, entry.At, [.. stages]);
    }

    private sealed record Entry(
        ClipId Clip,
        string Direction,
        DateTimeOffset At,
        List<(string Name, long StartedAt, long EndedAt, string? Note)> Stages
    );
}
