namespace Toss.Platform.Clipboards.Windows;

/// <summary>What is on the clipboard, by names of <see cref="WindowsFormats"/>; a test's double needs no Windows.</summary>
internal interface IOfferedContent
{
    /// <summary>Those that Toss knows, in the order in which they were put.</summary>
    IReadOnlyList<string> Formats { get; }

    /// <summary>The bytes; their owner may have to make them first.</summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="limit">More is not copied.</param>
    GivenBytes Get(string format, long limit);
}

/// <param name="Bytes">Null if there are none, or too many.</param>
/// <param name="IsTooLarge">There are more than was asked for.</param>
internal readonly record struct GivenBytes(byte[]? Bytes, bool IsTooLarge);
