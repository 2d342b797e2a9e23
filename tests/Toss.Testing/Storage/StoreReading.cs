using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Testing.Storage;

/// <summary>What tests ask of a store, in its own words.</summary>
public static class StoreReading
{
    /// <summary>The newest so many clips of history.</summary>
    public static ValueTask<IReadOnlyList<StoredClip>> NewestClipsAsync(
        this IAgentStore store,
        int limit,
        CancellationToken cancellation
    ) =>
        store.HistoryBetweenAsync(
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.MaxValue,
            limit,
            marked: false,
            cancellation
        );
}
