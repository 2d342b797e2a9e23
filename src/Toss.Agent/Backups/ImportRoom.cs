using Toss.Core.Clips;
using Toss.Core.Sync;

namespace Toss.Agent.Backups;

/// <summary>What history has room for while a backup comes into it: by the rules that hold for every copy, with its pins counted along.</summary>
internal sealed class ImportRoom(DeviceAgent agent)
{
    private int _pinned;
    private long _pinnedBytes;

    public async ValueTask BeginAsync(CancellationToken cancellation)
    {
        var size = await agent.Ports.Store.MeasureAsync(cancellation);
        (_pinned, _pinnedBytes) = (size.Pinned, size.PinnedBytes);
    }

    /// <summary>Pins take half of history at most, wherever they come from.</summary>
    public StoredClip Unpinned(StoredClip stored) =>
        stored.Mark.Pinned && !agent.Settings.Retention.HasRoomForPin(_pinned, _pinnedBytes, stored.Clip.Size)
            ? stored with
            {
                Mark = stored.Mark with { Pinned = false },
            }
            : stored;

    /// <summary>What the next sweep would take is not written first.</summary>
    public bool IsKept(StoredClip stored)
    {
        var kept = agent.Settings.RetentionByKind;
        return stored.Mark.Pinned
            || (
                agent.Device.Now - stored.ReceivedAt <= kept.AgeFor(SharingRules.KindOf(stored.Clip))
                && stored.Clip.Size <= kept.Bytes - _pinnedBytes
            );
    }

    /// <summary>It is in history, or will be, with this mark.</summary>
    public void Count(StoredClip stored)
    {
        if (stored.Mark.Pinned)
        {
            _pinned++;
            _pinnedBytes += stored.Clip.Size;
        }
    }

    /// <summary>It is not: its content did not come.</summary>
    public void Discount(StoredClip stored)
    {
        if (stored.Mark.Pinned)
        {
            _pinned--;
            _pinnedBytes -= stored.Clip.Size;
        }
    }
}
