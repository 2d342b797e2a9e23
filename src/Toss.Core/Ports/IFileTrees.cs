namespace Toss.Core.Ports;

/// <summary>
/// Files and folders of this user, read as a set and written from one. Links are neither followed nor kept. Fails with
/// <see cref="FileTreeException"/> only.
/// </summary>
public interface IFileTrees
{
    /// <summary>Looks at everything that is named, and what is below it. Each name is absolute.</summary>
    ValueTask<IFileTree> OpenAsync(IReadOnlyList<string> paths, CancellationToken cancellation);

    /// <summary>
    /// Begins to receive a set into a folder, which is made if it is not there; or goes on with one that was whole when the process
    /// ended. Nothing shows in the folder before <see cref="IFileArrival.PlaceAsync"/>.
    /// </summary>
    /// <param name="key">Names the set: letters and digits.</param>
    ValueTask<IFileArrival> ReceiveAsync(string folder, string key, CancellationToken cancellation);

    /// <summary>Removes what an earlier process left unfinished in a folder, and what was whole of sets that nobody knows any more.</summary>
    /// <param name="isKnown">By the key.</param>
    ValueTask SweepAsync(string folder, Func<string, bool> isKnown, CancellationToken cancellation);

    /// <summary>Makes a folder owner-only, and removes the folders of these names in it, as far as they can be removed.</summary>
    ValueTask SweepCopiesAsync(string folder, IReadOnlyList<string> gone, CancellationToken cancellation);

    /// <summary>Absolute paths of what is in a folder; none if it is not there, or while a set is being received into it.</summary>
    ValueTask<IReadOnlyList<string>> ListAsync(string folder, CancellationToken cancellation);
}

/// <summary>Files and folders that are about to be read.</summary>
public interface IFileTree : IAsyncDisposable
{
    /// <summary>Names at the top, each safe to show.</summary>
    IReadOnlyList<string> Names { get; }

    int Files { get; }

    int Folders { get; }

    /// <summary>Bytes of all files as they are now, holes counted.</summary>
    long Size { get; }

    /// <summary>Of <see cref="Size"/>, what was read.</summary>
    long Done { get; }

    /// <summary>The set, read once from beginning to end, however large it is. It fails with <see cref="FileTreeException"/>.</summary>
    Stream Content { get; }

    /// <summary>What is not in the set, and why: links, devices, what cannot be read. Complete when <see cref="Content"/> is at its end.</summary>
    IReadOnlyList<FileRemark> Skipped { get; }

    /// <summary>What changed while it was read.</summary>
    IReadOnlyList<FileRemark> Changed { get; }
}

/// <summary>A set that comes in.</summary>
public interface IFileArrival : IAsyncDisposable
{
    /// <summary>It was whole in an earlier run: nothing is to be written.</summary>
    bool IsWhole { get; }

    /// <summary>The next bytes of the set. False if they are not of any: nothing of it stays.</summary>
    ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>
    /// All was written: it stands in the folder when this returns, durable, under names that nothing had there. False if the set
    /// is not whole.
    /// </summary>
    ValueTask<bool> PlaceAsync(CancellationToken cancellation);

    /// <summary>Absolute, of what was placed at the top.</summary>
    IReadOnlyList<string> Placed { get; }

    /// <summary>The outcome is remembered elsewhere: an end of the process would bring the set no second time.</summary>
    ValueTask FinishAsync(CancellationToken cancellation);
}

/// <summary>Something to say of one file.</summary>
/// <param name="Path">Below what was named.</param>
public sealed record FileRemark(string Path, string Why);

/// <summary>The world said no. The message is a sentence for a person; it may name the file.</summary>
public sealed class FileTreeException(FileTreeFailure failure, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public FileTreeFailure Failure { get; } = failure;
}

public enum FileTreeFailure
{
    /// <summary>There is no such file, or nothing that can be sent.</summary>
    Missing,

    /// <summary>More than a set may hold.</summary>
    TooMuch,
    DiskFull,

    /// <summary>This user may not, or the disk does not.</summary>
    Unusable,
}
