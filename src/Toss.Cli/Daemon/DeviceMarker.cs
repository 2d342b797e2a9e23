using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Daemon;

/// <summary>
/// What a start leaves outside the key store: which kind it was, and the public key that must be in it. With it, an empty
/// key store is known to be locked or lost. Two lines of text; no secret.
/// </summary>
internal sealed record DeviceMarker(string KeyStoreKind, ReadOnlyMemory<byte> PublicKey)
{
    private const int MaxSize = 1024;

    private static string PathIn(TossFolders folders) => Path.Combine(folders.Data, "device.id");

    /// <summary>Null before the first start. A marker that cannot be read stops the start: guessing could cost an identity.</summary>
    public static DeviceMarker? Read(TossFolders folders)
    {
        var file = new FileInfo(PathIn(folders));
        if (!file.Exists)
        {
            return null;
        }
        if (file.Length <= MaxSize)
        {
            var lines = File.ReadAllLines(file.FullName);
            var key = new byte[32];
            if (
                lines.Length == 2
                && lines[1].Length == key.Length * 2
                && Convert.FromHexString(lines[1], key, out _, out var written) == System.Buffers.OperationStatus.Done
                && written == key.Length
            )
            {
                return new DeviceMarker(lines[0], key);
            }
        }
        throw new ControlException(
            ControlErrors.Storage,
            $"{file.FullName} is damaged",
            $"restore it; to start over as a new device, move {folders.Data} away"
        );
    }

    public static void Write(TossFolders folders, string kind, ReadOnlyMemory<byte> publicKey) =>
        DurableFile.Replace(
            PathIn(folders),
            System.Text.Encoding.ASCII.GetBytes($"{kind}\n{Convert.ToHexStringLower(publicKey.Span)}\n")
        );
}
