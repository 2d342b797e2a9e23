using System.Text.Json;
using Toss.Control;
using Toss.Platform;

namespace Toss.Cli.Daemon;

/// <summary>Carries the reason of a failed start from the daemon, which has no terminal, to `toss up`, which has one.</summary>
internal static class StartupError
{
    /// <summary>A code, a message, a hint; a larger file is not one of ours.</summary>
    private const int MaxSize = 16 * 1024;

    private const string CheckDisk = "check the disk and the folder's owner, then run `toss up`";

    /// <summary>What a failure at start means to a person. Unknown ones keep their detail for the log.</summary>
    public static ControlError Describe(Exception failure) =>
        failure switch
        {
            ControlException known => ControlError.Of(known),
            PlatformException { Failure: PlatformFailure.UnsafeFolder } platform => new ControlError(
                ControlErrors.Storage,
                platform.Message,
                null
            ),
            PlatformException { Failure: PlatformFailure.FileSystem } platform => new ControlError(
                ControlErrors.Storage,
                platform.Message,
                CheckDisk
            ),
            PlatformException platform => new ControlError(ControlErrors.Internal, platform.Message, null),
            IOException or UnauthorizedAccessException => new ControlError(
                ControlErrors.Storage,
                failure.Message,
                CheckDisk
            ),
            _ => new ControlError(ControlErrors.Internal, "the agent could not start", "run `toss logs`"),
        };

    public static void Write(string path, ControlError error)
    {
        try
        {
            File.WriteAllBytes(
                path,
                JsonSerializer.SerializeToUtf8Bytes(new ControlFailure(error), ControlJson.Default.ControlFailure)
            );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The disk that failed the start fails this too; stderr has it, in the crash log.
            Console.Error.WriteLine(error.Message);
        }
    }

    public static void Clear(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Not being able to delete it is told by the start that follows.
        }
    }

    /// <summary>Null if there is none, or none that can be read.</summary>
    public static ControlError? Read(string path)
    {
        try
        {
            if (new FileInfo(path) is not { Exists: true, Length: <= MaxSize })
            {
                return null;
            }
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ControlJson.Default.ControlFailure)?.Error;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
