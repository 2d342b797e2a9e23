namespace Toss.Platform.Clipboards.MacOs;

/// <summary>
/// macOS' general pasteboard, as thin as it can be: what is above it is tested without macOS. Every call looks at what is
/// there at that moment. <see cref="Get"/> and <see cref="Files"/> may take as long as they like, and are called from threads of
/// their own.
/// </summary>
internal interface IPasteboard
{
    /// <summary>Counts every change, whoever makes it; asking costs next to nothing. Nothing else tells of a change.</summary>
    long ChangeCount { get; }

    /// <summary>Since the user touched keyboard, mouse or trackpad.</summary>
    TimeSpan SinceInput { get; }

    /// <summary>In the order in which they were put; the first so many.</summary>
    IReadOnlyList<string> Types(int most);

    /// <summary>The bytes; a program that only promised them makes them now.</summary>
    GivenBytes Get(string type, long limit);

    /// <summary>Paths of the files that are there, in order, the first so many; where one is named by its number it is looked up.</summary>
    IReadOnlyList<string> Files(int most);

    /// <summary>
    /// Empties it and puts this, in this order, and files, each as an item of its own (the first has the content too); nothing leaves it
    /// empty.
    /// </summary>
    /// <param name="files">Their whole paths. Beside files there are marks only.</param>
    /// <param name="stays">Not for the user's other devices, to which macOS hands pasteboards on.</param>
    /// <returns>The count since it was emptied; null if nothing of it was taken.</returns>
    long? Put(
        IReadOnlyList<(string Type, ReadOnlyMemory<byte> Bytes)> content,
        IReadOnlyList<string> files,
        bool stays
    );
}
