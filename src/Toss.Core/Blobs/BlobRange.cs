using Toss.Wire;

namespace Toss.Core.Blobs;

/// <summary>Some chunks of a blob, one after another: what is asked for and served at a time.</summary>
/// <param name="First">Index of the first.</param>
public readonly record struct BlobRange(BlobId Blob, int First, int Count)
{
    /// <summary>The index behind the last.</summary>
    public int End => First + Count;
}
