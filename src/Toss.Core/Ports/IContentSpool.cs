using Toss.Core.Clips;

namespace Toss.Core.Ports;

/// <summary>
/// Where a clipboard puts content that is too large for memory, while it reads it: sealed, on the disk. May be used by any
/// thread.
/// </summary>
public interface IContentSpool
{
    /// <summary>
    /// Takes a source to its end. Null if it is not to be kept: it is larger than the user allows, sharing is paused, or the disk
    /// has no room, which the user is told. If the source fails, nothing of it stays, and its failure is thrown.
    /// </summary>
    /// <param name="source">Read once, from its beginning on.</param>
    /// <param name="program">Who copied it; null where nobody tells.</param>
    Task<IPromise?> SealAsync(Stream source, string? program);

    /// <summary>What was sealed is nobody's: it is erased.</summary>
    void LetGo(IPromise sealedContent);
}
