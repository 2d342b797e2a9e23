using Toss.Control;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Agent.Histories;

/// <summary>Finds the clip of history that somebody names; what is locked is not there.</summary>
internal sealed class ClipLookup(AgentPorts ports, Device device)
{
    /// <summary>Of an id, in characters: fewer may begin many of them.</summary>
    private const int ShortestId = 4;

    /// <param name="text">An id, or the beginning of one.</param>
    public async ValueTask<StoredClip> FindAsync(string text, CancellationToken cancellation)
    {
        var meant = text.Trim();
        if (ClipId.TryParse(meant, out var id))
        {
            return await ports.Store.FindClipAsync(id, cancellation) is { } stored && !IsLocked(stored)
                ? stored
                : throw None();
        }
        return meant.Length < ShortestId
            ? throw None()
            : await new HistoryWalk(ports.Store).FindAsync(meant, stored => !IsLocked(stored), cancellation)
                ?? throw None();
    }

    /// <summary>The same; but all of it has to be here, or to come when somebody reads it.</summary>
    public async ValueTask<Clip> FindReadableAsync(string text, CancellationToken cancellation) =>
        await FindAsync(text, cancellation)
            is { State: ClipState.Complete or ClipState.Offered or ClipState.Wanted, Clip: var clip }
            ? clip
            : throw new ControlException(
                ControlErrors.Empty,
                "Not all of this copy is on this device.",
                "It comes when the device that has it is there."
            );

    private bool IsLocked(StoredClip stored) => HistoryLock.In(device.Record).Any(locked => locked.Holds(stored));

    private static ControlException None() =>
        new(
            ControlErrors.NoSuchClip,
            "No copy in this device's history has an id that begins so.",
            "`toss history --json` lists ids."
        );
}
