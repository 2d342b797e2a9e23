using System.Buffers.Binary;
using System.Security.Cryptography;
using Toss.Core.Backups;
using Toss.Crypto;
using Toss.Crypto.Backups;
using Toss.Wire;

namespace Toss.Tests.Fuzz;

/// <summary>Backups come from anywhere: a download, a stick that lay about.</summary>
internal static class BackupTargets
{
    private const int CostAt = 8;
    private const int CommitmentAt = 36;
    private const int HashAt = BackupHeader.Size - 32;

    /// <summary>Without its hash. Of one that asks for more than the cheapest, it is only read that it does.</summary>
    public static bool ReadHeader(byte[] bytes)
    {
        byte[] header = bytes.Length == HashAt ? [.. bytes, .. SHA256.HashData(bytes)] : bytes;
        // What asks for too much is refused before anything is derived, or this would take its time; what is between the two does.
        if (bytes.Length >= CommitmentAt && CostOf(bytes) is { IsAcceptable: true } cost && cost != StoredTargets.Cheap)
        {
            return false;
        }
        var opening = BackupOpener.TryOpen(header, "passphrase"u8, out var opener);
        opener?.Dispose();
        return opening == BackupOpening.Opened;
    }

    /// <summary>Plaintext, as whoever has a passphrase can make it; a clip's signature is made for what it signs.</summary>
    public static bool ReadRecords(byte[] bytes)
    {
        using var reader = new BackupFrameReader();
        reader.Push(bytes);
        var isTaken = true;
        BackupFrame frame;
        while ((frame = reader.TryNext(out var record)) == BackupFrame.Record)
        {
            isTaken &= record.KindCase != BackupRecord.KindOneofCase.Clip || ReadClip(record.Clip);
        }
        return isTaken && frame == BackupFrame.WantsMore && reader.IsOver;
    }

    private static PassphraseCost CostOf(ReadOnlySpan<byte> header) =>
        new(
            BinaryPrimitives.ReadInt32BigEndian(header[CostAt..]),
            BinaryPrimitives.ReadInt32BigEndian(header[(CostAt + 4)..]),
            BinaryPrimitives.ReadInt32BigEndian(header[(CostAt + 8)..])
        );

    private static bool ReadClip(BackupClip clip)
    {
        if (clip.Clip is { } signed)
        {
            clip.Clip = FuzzTargets.Sample.Parties.A.Key.Sign(Labels.Clip, signed.Body.ToByteArray());
        }
        return BackedUpClip.TryRead(clip, FuzzTargets.Now, out var read) && read.Stored.ReceivedAt <= FuzzTargets.Now;
    }
}
