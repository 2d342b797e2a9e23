using Microsoft.Extensions.Logging;
using Toss.Core.Clips;
using Toss.Crypto.Blobs;

namespace Toss.Agent.Pasting;

/// <summary>Large content as clipboards take it: read from this device where it is used, or fetched when somebody pastes.</summary>
internal sealed class Promises(AgentPorts ports, BlobFetcher fetcher, ContentRoom room, Stages stages)
{
    private readonly SynchronizationContext _agent = SynchronizationContext.Current ?? new SynchronizationContext();
    private readonly ILogger _log = ports.Logs.CreateLogger<Promises>();

    /// <summary>Somebody pastes content that is not here: it begins to come, or a <see cref="Core.Ports.StoreException"/> says why not.</summary>
    public Func<Clip, ValueTask> Wanted { get; set; } = static _ => default;

    /// <summary>Whether one is there who could bring it.</summary>
    public Func<Clip, bool> IsAnybodyThere { get; set; } = static _ => false;

    /// <param name="format">One of the clip's that is a blob.</param>
    /// <param name="isHere">All of it is on this device.</param>
    public IPromise Of(Clip clip, Representation format, bool isHere) =>
        new ClipPromise(this, clip, format, isHere, _agent);

    /// <summary>Content that was just sealed here.</summary>
    public SealedContent Of(BlobReference blob, ClipStamp begun) => new(blob, begun, _agent, () => fetcher.Read(blob));

    /// <summary>A program asked for it and was not given it: for `toss trace`. From any thread.</summary>
    internal void Refused(Clip clip, string? reader, PasteRefusal why)
    {
        var reason = why switch
        {
            PasteRefusal.NotAPaste => "which reads what nobody pastes",
            PasteRefusal.TooLate => "which can wait no longer: what came is kept for the next paste",
            _ => "it is more than this system's clipboard gives: `toss paste` writes it to a file",
        };
        _agent.Post(_ => Note(clip, $"not to {reader ?? "a program"}, {reason}"), null);
    }

    /// <summary>A program pastes it, or is refused: for `toss trace`.</summary>
    internal void Note(Clip clip, string note)
    {
        var stage = stages.Begin(Stages.Paste, clip.Id);
        stage.Note = note;
        stage.Dispose();
        _log.Pasted(clip.Id.Short, note);
    }

    /// <summary>The sealed content from its beginning on, which stays until that is disposed.</summary>
    internal async ValueTask<(BlobReader Reader, IDisposable Lease)> OpenAsync(
        Clip clip,
        Representation format,
        CancellationToken cancellation
    )
    {
        var (blob, lease) = (format.Blob!, room.Lease(clip.Id));
        try
        {
            var isHere = await ports.Blobs.CountChunksAsync(blob.Id, cancellation) == blob.Pieces;
            var wait = new ContentWait(ports, fetcher, clip, blob, Wanted, IsAnybodyThere);
            return (fetcher.Read(blob, isHere ? null : wait.ForAsync), lease);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }
}
