using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Agent.Pasting;

/// <summary>
/// The clip whose content this device's clipboard has as a promise: nothing of it is in memory, so it stays in history for as long as
/// it can be pasted. Only a person erases it before.
/// </summary>
internal sealed class StandingClip(ContentRoom room)
{
    private IDisposable? _lease;

    /// <summary>Null: what the clipboard holds is in memory, or another program's.</summary>
    public ClipId? Clip { get; private set; }

    /// <summary>This is on the clipboard now.</summary>
    public void Stands(ClipId clip, ClipContent content)
    {
        var before = _lease;
        var isPromised = content.Representations.Any(one => one.Promise is not null);
        Clip = isPromised ? clip : null;
        _lease = isPromised ? room.Lease(clip) : null;
        before?.Dispose();
    }

    /// <summary>Somebody else has the clipboard, or it is empty.</summary>
    public void End()
    {
        _lease?.Dispose();
        (Clip, _lease) = (null, null);
    }
}
