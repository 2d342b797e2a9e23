using System.Diagnostics.CodeAnalysis;
using Toss.Core.Ports;
using Toss.Platform.Hosting;

namespace Toss.Platform.KeyStores;

/// <summary>
/// Reading the files of the stores that keep files. Only a folder that can be looked into and lacks the
/// file makes "missing": anything that cannot be examined is "unavailable", because missing may lead to a new identity.
/// </summary>
internal static class KeyStoreFiles
{
    public static bool TryRead(
        string folder,
        string path,
        int limit,
        out byte[] content,
        [NotNullWhen(false)] out KeyStoreLoad? failure
    )
    {
        content = [];
        failure = null;
        try
        {
            if (!Exists(folder, path))
            {
                failure = new(KeyStoreStatus.Missing, null);
                return false;
            }
            // A key others could read is a key others may have: say so instead of using it.
            if (OwnerOnly.FileProblem(path) is { } problem)
            {
                failure = new(KeyStoreStatus.Unavailable, null, problem);
                return false;
            }
            if (!DurableFile.TryRead(path, limit, out content))
            {
                failure = new(KeyStoreStatus.Damaged, null, $"{path} is too long.");
                return false;
            }
            return true;
        }
        catch (Exception thrown) when (thrown is IOException or UnauthorizedAccessException)
        {
            failure = new(KeyStoreStatus.Unavailable, null, thrown.Message);
            return false;
        }
    }

    /// <summary>Throws if the folder is there but closed to us; File.Exists would say "no".</summary>
    private static bool Exists(string folder, string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(folder, Path.GetFileName(path)).Any();
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }
}
