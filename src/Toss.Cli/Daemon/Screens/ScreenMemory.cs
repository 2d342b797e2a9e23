using System.Text.Json;
using Toss.Platform;
using Toss.Platform.Hosting;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// Where the screens are and who was let in, in a file that only its owner reads, so that pages that are open find the agent again
/// after it was started anew. While the screens are closed there is none. What is too old, or not ours, is forgotten.
/// </summary>
/// <param name="file">In the folder that the control socket is in, which is gone after a restart of the computer.</param>
internal sealed class ScreenMemory(string file, TimeProvider time)
{
    private const int MaxBytes = 16 * 1024;

    /// <summary>Null if there is nothing to go on with.</summary>
    public ScreenPlace? Read(TimeSpan longestAway)
    {
        try
        {
            var found = new FileInfo(file);
            if (
                !found.Exists
                || found.Length > MaxBytes
                || time.GetUtcNow() - found.LastWriteTimeUtc > longestAway
                || OwnerOnly.FileProblem(file) is not null
            )
            {
                return null;
            }
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), ScreenJson.Default.ScreenPlace);
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or JsonException or PlatformException)
        {
            return null;
        }
    }

    /// <summary>A disk that takes nothing costs pages their return, and nothing else.</summary>
    public void Write(ScreenPlace place)
    {
        var fresh = file + ".new";
        try
        {
            File.Delete(fresh);
            using (var stream = OwnerOnly.Open(fresh, FileMode.CreateNew, FileShare.None))
            {
                JsonSerializer.Serialize(stream, place, ScreenJson.Default.ScreenPlace);
            }
            File.Move(fresh, file, overwrite: true);
            File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Forget();
        }
    }

    public void Forget()
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is too old soon.
        }
    }
}
