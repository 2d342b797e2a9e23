namespace Toss.Core.Files;

/// <summary>One file or folder of a set.</summary>
/// <param name="Parts">
/// Its names from the top of the set down, at least one. Received ones are what somebody wrote: <see cref="FileNames"/> makes them safe.
/// </param>
/// <param name="Modified">When it was changed last.</param>
/// <param name="Size">Bytes of a file, holes counted; 0 of a folder.</param>
public sealed record FileEntry(
    IReadOnlyList<string> Parts,
    FileKind Kind,
    DateTimeOffset Modified,
    long Size,
    bool IsExecutable = false
);
