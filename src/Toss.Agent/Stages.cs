using System.Diagnostics;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// The twelve stages of a clip's path by name. Each opens one <see cref="Activity"/> tagged with the clip's id and
/// nothing else; what an agent does is also kept for `toss trace`.
/// </summary>
internal sealed class Stages(TimeProvider time, TraceLog log)
{
    public const string Capture = "Capture";
    public const string Admit = "Admit";
    public const string Record = "Record";
    public const string Distribute = "Distribute";
    public const string Seal = "Seal";
    public const string Send = "Send";
    public const string FindPath = "Find a path";
    public const string Relay = "Relay";
    public const string Receive = "Receive";
    public const string Open = "Open";
    public const string Accept = "Accept";
    public const string Apply = "Apply";

    /// <summary>No stage of its own: somebody takes large content that was announced (stage 12), or is refused.</summary>
    public const string Paste = "Paste";

    /// <summary>The tag that holds the clip's id.</summary>
    public const string ClipTag = "toss.clip";

    private static readonly ActivitySource Source = new("Toss");

    /// <summary>Begins a stage; it ends when disposed. The clip may become known later: <see cref="StageScope.Clip"/>.</summary>
    public StageScope Begin(string name, ClipId? clip = null) =>
        new(Source.StartActivity(name), name, time.GetTimestamp(), clip, this);

    private void End(StageScope scope)
    {
        if (scope.Clip is { } clip)
        {
            scope.Activity?.SetTag(ClipTag, clip.ToString());
            log.Add(clip, scope.Name, scope.StartedAt, time.GetTimestamp(), scope.Note);
        }
        scope.Activity?.Dispose();
    }

    internal sealed class StageScope(Activity? activity, string name, long startedAt, ClipId? clip, Stages stages)
        : IDisposable
    {
        public Activity? Activity { get; } = activity;

        public string Name { get; } = name;

        public long StartedAt { get; } = startedAt;

        public ClipId? Clip { get; set; } = clip;

        /// <summary>A word for `toss trace`: a verdict, a path. Never content.</summary>
        public string? Note { get; set; }

        public void Dispose() => stages.End(this);
    }
}
