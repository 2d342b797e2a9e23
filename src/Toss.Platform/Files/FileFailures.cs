using Toss.Core.Ports;
using Toss.Platform.Hosting;

namespace Toss.Platform.Files;

/// <summary>The operating system's errors about files as failures people can do something about.</summary>
internal static class FileFailures
{
    public static bool Is(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    /// <param name="what">The beginning of a sentence: "Cannot write in FOLDER".</param>
    public static FileTreeException Of(string what, Exception failure) =>
        new(
            DiskProblem.IsFull(failure) ? FileTreeFailure.DiskFull : FileTreeFailure.Unusable,
            $"{what}: {DiskProblem.Describe(failure)}.",
            failure
        );

    /// <summary>File calls block, so they leave the caller's thread; their failures become ours.</summary>
    public static ValueTask<T> RunAsync<T>(string what, Func<T> work, CancellationToken cancellation) =>
        new(
            Task.Run(
                () =>
                {
                    try
                    {
                        return work();
                    }
                    catch (Exception failure) when (Is(failure))
                    {
                        throw Of(what, failure);
                    }
                    catch (PlatformException failure)
                    {
                        // A folder of our own that cannot be made, or is another's.
                        throw Of(what, failure.InnerException ?? failure);
                    }
                },
                cancellation
            )
        );
}
