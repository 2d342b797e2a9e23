namespace Toss.Platform.Clipboards;

/// <summary>What is on a clipboard, by the platform's own names; a test's double needs no such platform.</summary>
internal interface IOfferedContent
{
    /// <summary>In the order in which they were put.</summary>
    IReadOnlyList<string> Formats { get; }

    /// <summary>The bytes; their owner may have to make them first.</summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="limit">More is not copied.</param>
    GivenBytes Get(string format, long limit);
}

/// <param name="Bytes">Null if there are none, too many, or not yet.</param>
/// <param name="IsTooLarge">There are more than was asked for.</param>
/// <param name="IsLate">Their owner did not give them in time.</param>
internal readonly record struct GivenBytes(byte[]? Bytes, bool IsTooLarge, bool IsLate = false);
