namespace Toss.Platform.Clipboards.MacOs;

/// <summary>
/// macOS' general pasteboard, as thin as it can be: what is above it is tested without macOS. Every call looks at what is
/// there at that moment. <see cref="Get"/> may take as long as it likes, and is called from threads of its own.
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

    /// <summary>Empties it and puts this, in this order; nothing leaves it empty.</summary>
    /// <param name="stays">Not for the user's other devices, to which macOS hands pasteboards on.</param>
    /// <returns>The count since it was emptied; null if nothing of it was taken.</returns>
    long? Put(IReadOnlyList<(string Type, ReadOnlyMemory<byte> Bytes)> content, bool stays);
}
