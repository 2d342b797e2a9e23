using Toss.Control;
using Toss.Core.Clips;

namespace Toss.Agent;

/// <summary>What was copied, and what one can do with it.</summary>
public sealed partial class AgentControl
{
    public Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(
        string? query,
        int limit,
        CancellationToken cancellation
    ) =>
        OnAgentAsync<IReadOnlyList<HistoryEntry>>(async () =>
        {
            var locked = HistoryLock.In(Device.Record);
            limit = Math.Clamp(limit, 1, MaxHistory);
            var (asked, found, clips) = (limit, 0, (IReadOnlyList<StoredClip>)[]);
            do
            {
                // What is locked counts for nothing: it must not hide what was copied before it.
                found = clips.Count;
                clips = await agent.Ports.Store.SearchHistoryAsync(query, asked, cancellation);
                asked = asked > int.MaxValue / 4 ? int.MaxValue : asked * 4;
            } while (clips.Count > found && clips.Count(IsOpen) < limit && locked.Count > 0);
            var newest = await agent.Ports.Store.NewestClaimAsync(Device.PlausibleUntil, cancellation);
            var entries = new List<HistoryEntry>();
            foreach (var stored in clips.Where(IsOpen).Take(limit))
            {
                var rows = await agent.Ports.Store.DeliveriesOfClipAsync(stored.Clip.Id, cancellation);
                entries.Add(StatusWriter.Write(agent, stored, rows, newest?.Clip.Id));
            }
            return entries.Count > 0 || locked.Count == 0
                ? entries
                : throw new ControlException(
                    ControlErrors.HistoryLocked,
                    "This device was removed from its circle: the history they shared is locked, and erased on "
                        + $"{locked[^1].EraseAt.ToLocalTime():d MMMM 'at' HH:mm}.",
                    "To keep it, run `toss history --keep`, which asks for your password on this computer."
                );

            bool IsOpen(StoredClip stored) => !locked.Any(one => one.Holds(stored));
        });

    public Task KeepHistoryAsync(ReadOnlyMemory<byte> password, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            await agent.Unlock.KeepAsync(password);
            return true;
        });
}
