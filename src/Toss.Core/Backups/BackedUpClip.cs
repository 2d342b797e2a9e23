using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Core.Backups;

/// <summary>A clip as it stands in a backup: what its origin signed, and what the device it was taken from knew of it.</summary>
/// <param name="OriginName">Null if it was not known, or is none.</param>
public sealed record BackedUpClip(StoredClip Stored, string? OriginName)
{
    public static BackupRecord Write(StoredClip stored, string originName) =>
        new()
        {
            Clip = new BackupClip
            {
                Clip = stored.Clip.Signed,
                ReceivedMs = stored.ReceivedAt.ToUnixTimeMilliseconds(),
                Pinned = stored.Mark.Pinned,
                Tags = { stored.Mark.Tags },
                OriginName = originName,
            },
        };

    /// <summary>
    /// False unless its origin signed it and history could hold it. It claims no clipboard, whatever it did; and it came when it is
    /// said to have come, but not in the future.
    /// </summary>
    public static bool TryRead(BackupClip wire, DateTimeOffset now, out BackedUpClip read)
    {
        read = null!;
        if (
            wire.Clip is not { } signed
            || !ClipWriter.TryReadStored(signed, out var clip, out _)
            || clip.Sensitivity != Sensitivity.Normal
            || wire.Tags.Count > Limits.Tags
            || !wire.Tags.All(ClipTag.IsValid)
            || !SignedStatements.Verify(Labels.Clip, signed)
        )
        {
            return false;
        }
        var mark = wire.Tags.Aggregate(new ClipMark(wire.Pinned, []), static (mark, tag) => mark.With(tag));
        var receivedAt = UnixTime.Of(wire.ReceivedMs);
        read = new BackedUpClip(
            new StoredClip(clip, ClipState.Complete, Claim: false, receivedAt < now ? receivedAt : now) { Mark = mark },
            DeviceName.IsValid(wire.OriginName) ? wire.OriginName : null
        );
        return true;
    }
}
