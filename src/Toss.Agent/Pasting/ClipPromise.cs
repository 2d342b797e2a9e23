using Toss.Core.Clips;
using Toss.Crypto.Blobs;

namespace Toss.Agent.Pasting;

/// <summary>One large format of a clip on somebody's clipboard. Asked on any thread; what it does, it does on the agent's.</summary>
internal sealed class ClipPromise(
    Promises promises,
    Clip clip,
    Representation format,
    bool isHere,
    SynchronizationContext agent
) : IPromise
{
    private volatile bool _isHere = isHere;

    public long? Size => format.Size;

    public BlobReference Blob => format.Blob!;

    /// <summary>May be late to say so.</summary>
    public bool IsHere => _isHere;

    public Stream Open(string? reader)
    {
        agent.Post(_ => promises.Note(clip, $"to {reader ?? "a program"}{(_isHere ? "" : ", fetched")}"), null);
        var content = new PromisedStream(agent, cancellation => promises.OpenAsync(clip, format, cancellation))
        {
            Ended = () => _isHere = true,
            Closed = (read, why) =>
                promises.Note(
                    clip,
                    $"to {reader ?? "a program"}: {(read == format.Blob!.Length ? "all" : $"{read} of {format.Blob.Length}")} bytes{(why is null ? "" : $"; {why}")}"
                ),
        };
        return format.IsDeflated ? new InflatedStream(content, format.Size) : content;
    }

    public void Refused(string? reader, PasteRefusal why) => promises.Refused(clip, reader, why);
}
