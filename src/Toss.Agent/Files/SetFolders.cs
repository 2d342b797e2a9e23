using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent.Files;

/// <summary>What the folders have in common that sets of files are written to, sent ones and copied ones.</summary>
internal static class SetFolders
{
    /// <summary>Names a set among others.</summary>
    public static string KeyOf(ClipId clip) => Convert.ToHexStringLower(clip.ToBytes());

    public static bool TryReadKey(string key, out ClipId clip)
    {
        clip = default;
        return key.Length == 2 * ClipId.Size
            && key.All(char.IsAsciiHexDigitLower)
            && ClipId.TryFrom(Convert.FromHexString(key), out clip);
    }

    /// <summary>All of a set, in constant memory. False if it is none.</summary>
    public static async ValueTask<bool> WriteAsync(BlobReader set, IFileArrival arrival, CancellationToken cancellation)
    {
        var piece = new byte[ChunkReader.AtOnce * Limits.BlobChunk];
        for (var at = 0L; at < set.Length; )
        {
            var length = await set.ReadAsync(at, piece, cancellation);
            if (!await arrival.WriteAsync(piece.AsMemory(0, length), cancellation))
            {
                return false;
            }
            at += length;
        }
        return true;
    }
}
