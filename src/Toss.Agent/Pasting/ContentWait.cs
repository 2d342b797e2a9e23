using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Blobs;

namespace Toss.Agent.Pasting;

/// <summary>
/// Waits for the chunks of content that somebody pastes, over whatever interrupts it: a link that is replaced, a holder that goes
/// and another that comes. Gives up when nothing came for a while, sooner where nobody is there who could bring it.
/// </summary>
internal sealed class ContentWait(
    AgentPorts ports,
    BlobFetcher fetcher,
    Clip clip,
    BlobReference blob,
    Func<Clip, ValueTask> wanted,
    Func<Clip, bool> isAnybodyThere
)
{
    /// <summary>Without a byte, while who has it is there: a new link takes a few seconds, one through a relay more.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Nobody is there: somebody waits at a screen to be told. Long enough for a link that breaks and comes back.</summary>
    public static readonly TimeSpan PatienceAlone = TimeSpan.FromSeconds(8);

    /// <summary>Between looks whether it still can come.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly SteadyClock _clock = new(ports.Time);
    private bool _isWhole;

    /// <summary>
    /// Returns when this chunk is here. A <see cref="StoreException"/> that says why if it does not come:
    /// <see cref="StoreFailure.Busy"/> if it may later.
    /// </summary>
    public async ValueTask ForAsync(int index, CancellationToken cancellation)
    {
        var (quietSince, came) = (_clock.Now, -1L);
        string? why = null;
        while (!await IsHereAsync(index, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            fetcher.Prefer(blob.Id);
            await CheckAsync();
            await fetcher.WaitForAsync(blob, index, Look, cancellation);
            var progress = fetcher.ProgressOf(clip.Id);
            why = progress.Why ?? why;
            if (progress.Came > came)
            {
                (quietSince, came) = (_clock.Now, progress.Came);
            }
            else if (_clock.Now - quietSince >= (isAnybodyThere(clip) ? Patience : PatienceAlone))
            {
                throw Failed(StoreFailure.Busy, why ?? "nothing comes from who has it");
            }
        }
    }

    private async ValueTask CheckAsync()
    {
        try
        {
            await wanted(clip);
        }
        catch (StoreException failure)
        {
            throw Failed(StoreFailure.Damaged, failure.Message);
        }
    }

    private async ValueTask<bool> IsHereAsync(int index, CancellationToken cancellation)
    {
        if (_isWhole || fetcher.HasCome(blob.Id, index))
        {
            return true;
        }
        _isWhole = await ports.Blobs.CountChunksAsync(blob.Id, cancellation) == blob.Pieces;
        return _isWhole || (await ports.Blobs.HeldAsync(blob.Id, cancellation)).Contains(index);
    }

    private static StoreException Failed(StoreFailure failure, string why) =>
        new(failure, $"The content does not come: {why}.");
}
