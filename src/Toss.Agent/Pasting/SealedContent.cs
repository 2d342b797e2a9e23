using Toss.Core.Clips;
using Toss.Crypto.Blobs;

namespace Toss.Agent.Pasting;

/// <summary>Large content of a copy on its way to become a clip.</summary>
/// <param name="begun">When it was begun: what others copy while it is sealed is newer.</param>
internal sealed class SealedContent(
    BlobReference blob,
    ClipStamp begun,
    SynchronizationContext agent,
    Func<BlobReader> read
) : IPromise
{
    private volatile bool _isErased;

    public ClipStamp Begun => begun;

    public long? Size => blob.Length;

    public BlobReference Blob => blob;

    /// <summary>Until it turns out to be nobody's, and is erased.</summary>
    public bool IsHere => !_isErased;

    public Stream Open(string? reader) =>
        new PromisedStream(agent, _ => new ValueTask<(BlobReader, IDisposable)>((read(), Nothing.Instance)));

    public void Erased() => _isErased = true;

    public void Refused(string? reader, PasteRefusal why) { }

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose() { }
    }
}
