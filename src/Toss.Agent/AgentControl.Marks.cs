using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>What people do to their history: delete, clear, undo, pin, tag.</summary>
public sealed partial class AgentControl
{
    /// <summary>Clips that one request names: as many as a page shows.</summary>
    private const int MostNamed = Histories.HistoryPages.Largest;

    public Task<DeleteReport> DeleteAsync(DeleteRequest request, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            if (request.Clips.Count is 0 or > MostNamed)
            {
                throw new ControlException(ControlErrors.InvalidArgument, $"1 to {MostNamed} copies are needed.");
            }
            var clips = new Dictionary<ClipId, StoredClip>();
            foreach (var named in request.Clips)
            {
                var stored = await Lookup.FindAsync(named, cancellation);
                clips[stored.Clip.Id] = stored;
            }
            var report = request.Everywhere
                ? await agent.Deletions.WithdrawAsync([.. clips.Values], cancellation)
                : await agent.Deletions.DeleteAsync([.. clips.Values], cancellation);
            await TakeDownAsync(cancellation);
            return report;
        });

    public Task<DeleteReport> ClearHistoryAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var report = await agent.Deletions.ClearAsync(cancellation);
            await TakeDownAsync(cancellation);
            return report;
        });

    /// <summary>What this clipboard has as a promise cannot be pasted any more once history lost it: nothing of it is in memory.</summary>
    private async ValueTask TakeDownAsync(CancellationToken cancellation)
    {
        if (
            agent.Blobs.Standing.Clip is { } standing
            && await agent.Ports.Store.FindClipAsync(standing, cancellation) is null
        )
        {
            agent.Blobs.Standing.End();
            Device.Echo.HoldsNothing();
            await agent.Ports.Clipboard.ClearAsync(standing.ToBytes(), cancellation);
        }
    }

    public Task<UndoReport> UndoDeleteAsync(CancellationToken cancellation) =>
        OnAgentAsync(() => agent.Deletions.UndoAsync(cancellation));

    public Task<HistoryEntry> MarkClipAsync(MarkRequest request, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var stored = await Lookup.FindAsync(request.Clip, cancellation);
            var mark = Marked(stored.Mark, request);
            if (mark.Pinned && !stored.Mark.Pinned)
            {
                await CheckRoomAsync(stored.Clip, cancellation);
            }
            await agent.Ports.Store.CommitAsync(
                StoreStep.ChangeHistory,
                [new MarkClip(stored.Clip.Id, mark)],
                cancellation
            );
            var rows = await agent.Ports.Store.DeliveriesOfClipAsync(stored.Clip.Id, cancellation);
            var newest = await agent.Ports.Store.NewestClaimAsync(Device.PlausibleUntil, cancellation);
            return StatusWriter.Write(agent, stored with { Mark = mark }, rows, newest?.Clip.Id);
        });

    private static ClipMark Marked(ClipMark mark, MarkRequest request)
    {
        foreach (var tag in request.Remove ?? [])
        {
            mark = mark.Without(tag);
        }
        foreach (var tag in request.Add ?? [])
        {
            mark = ClipTag.IsValid(tag)
                ? mark.With(tag)
                : throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"A tag has 1 to {Limits.Tag} characters, no commas, no control characters, no space at its ends."
                );
        }
        return mark.Tags.Count <= Limits.Tags
            ? mark with
            {
                Pinned = request.Pinned ?? mark.Pinned,
            }
            : throw new ControlException(ControlErrors.InvalidArgument, $"A copy has at most {Limits.Tags} tags.");
    }

    private async ValueTask CheckRoomAsync(Clip clip, CancellationToken cancellation)
    {
        var size = await agent.Ports.Store.MeasureAsync(cancellation);
        var kept = agent.Settings.Retention;
        if (!kept.HasRoomForPin(size.Pinned, size.PinnedBytes, clip.Size))
        {
            throw new ControlException(
                ControlErrors.NoRoom,
                "Pinned copies would take more than half of what history may keep.",
                "Unpin others, or allow more: `toss config history-size`, `toss config history-clips`."
            );
        }
    }
}
