namespace Toss.Core.Files;

/// <summary>What comes next of a set that is read. Which fields are set follows from the kind.</summary>
/// <param name="Data">Valid until the reader is given more.</param>
/// <param name="Length">Of a hole: so many zeros.</param>
/// <param name="HasChanged">Of a file's end: it changed while it was read, so that what is here never was one file.</param>
public readonly record struct FileSetPart(
    FileSetPartKind Kind,
    FileEntry? Entry = null,
    ReadOnlyMemory<byte> Data = default,
    long Length = 0,
    bool HasChanged = false
);

public enum FileSetPartKind
{
    /// <summary>All that was given is used.</summary>
    None,
    Entry,
    Data,
    Hole,

    /// <summary>After a file's content, not after a folder.</summary>
    EndOfFile,

    /// <summary>The set is whole; nothing follows.</summary>
    EndOfSet,

    /// <summary>These are not the bytes of a set.</summary>
    Malformed,
}
