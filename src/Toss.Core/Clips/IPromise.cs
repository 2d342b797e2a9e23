using Toss.Crypto.Blobs;

namespace Toss.Core.Clips;

/// <summary>
/// One format of a copy whose bytes are not in memory: sealed on this device, or at another one until somebody pastes it here.
/// May be used by any thread.
/// </summary>
public interface IPromise
{
    /// <summary>
    /// Bytes of the content, as <see cref="Open"/> gives them. Null if nobody knows before they are here: then they are few, and the
    /// stream has a <see cref="Stream.Length"/> when the first of them was read.
    /// </summary>
    long? Size { get; }

    /// <summary>What the content is sealed as.</summary>
    BlobReference Blob { get; }

    /// <summary>All of it is on this device: to read it moves nothing.</summary>
    bool IsHere { get; }

    /// <summary>
    /// Somebody pastes: what is not here begins to come. One who reads it from its beginning on, as it comes; reading throws an
    /// <see cref="IOException"/> if it is damaged, or will not come for now. Never ends before <see cref="Size"/> bytes.
    /// </summary>
    /// <param name="reader">The program that pastes, by the name its platform has for it; null where nobody tells.</param>
    Stream Open(string? reader);

    /// <summary>A program asked for it and was not given it: for whoever looks for the reason.</summary>
    void Refused(string? reader, PasteRefusal why);
}
