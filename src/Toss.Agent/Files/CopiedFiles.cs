using Microsoft.Extensions.Logging;
using Toss.Agent.Pasting;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent.Files;

/// <summary>
/// Sets that were copied in a file manager of another device, as files of this machine, which is what a file manager here pastes:
/// each in a folder of its own, where they stay as long as the clip is in history. A small set that is here stands there before
/// anybody asks; a large one is written when somebody pastes it, while it comes.
/// </summary>
/// <param name="folder">Of all of them, owner-only; null where there are no files.</param>
internal sealed class CopiedFiles(AgentPorts ports, Device device, Promises promises, string? folder)
{
    /// <summary>Bytes of a set that is written as soon as it is here, whether anybody pastes it or not.</summary>
    private const long MostAtOnce = Limits.HeldContent;

    private readonly ILogger _log = ports.Logs.CreateLogger<CopiedFiles>();
    private readonly AsyncLock _sweeping = new();

    // Who pastes what somebody else is pasting gets the same files.
    private readonly Dictionary<ClipId, AsyncLock> _writing = [];

    /// <summary>
    /// What a clipboard gets of a copied set: the paths of its files, or a promise of them. Null if they cannot be had: the set is gone
    /// or damaged, the disk is full, or the clipboard takes no promises and it is not here.
    /// </summary>
    public async ValueTask<ClipContent?> ContentAsync(Clip clip, CancellationToken cancellation)
    {
        if (ports.Files is null || folder is null || clip.Files is not { Sent: false })
        {
            return null;
        }
        var blob = clip.Blobs.Single();
        var isHere = await ports.Blobs.CountChunksAsync(blob.Id, cancellation) == blob.Pieces;
        if (isHere && (clip.Size <= MostAtOnce || !ports.Clipboard.TakesPromises))
        {
            try
            {
                return ContentOf(await PathsAsync(clip, cancellation));
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("Putting copied files where a paste finds them", failure);
                return null;
            }
        }
        var isToCome =
            isHere
            || await ports.Store.FindClipAsync(clip.Id, cancellation)
                is { State: ClipState.Offered or ClipState.Wanted };
        return isToCome && ports.Clipboard.TakesPromises
            ? new ClipContent(
                [
                    new ContentRepresentation(
                        MediaTypes.LocalFiles,
                        new FilesPromise(promises, this, clip, await IsWrittenAsync(clip, cancellation))
                    ),
                ],
                Sensitivity.Normal
            )
            : null;
    }

    /// <summary>
    /// The files, absolute, at the top of the set; written now if they are not there, and fetched if the set is not here. A
    /// <see cref="StoreException"/> that says why if they cannot be had.
    /// </summary>
    public async ValueTask<IReadOnlyList<string>> PathsAsync(Clip clip, CancellationToken cancellation)
    {
        var files = ports.Files!;
        try
        {
            await SweepAsync(files, cancellation);
            if (!_writing.TryGetValue(clip.Id, out var one))
            {
                _writing.Add(clip.Id, one = new AsyncLock());
            }
            using var turn = await one.EnterAsync(cancellation);
            if (await files.ListAsync(FolderOf(clip), cancellation) is { Count: > 0 } there)
            {
                return there;
            }
            var paths = await WriteAsync(files, clip, cancellation);
            // A clipboard manager may bring them back as a copy of this device.
            device.Echo.Received(clip.Id, ContentOf(paths), device.SteadyNow);
            return paths;
        }
        catch (FileTreeException failure)
        {
            throw new StoreException(
                failure.Failure == FileTreeFailure.DiskFull ? StoreFailure.DiskFull : StoreFailure.Other,
                failure.Message,
                failure
            );
        }
    }

    private async ValueTask<bool> IsWrittenAsync(Clip clip, CancellationToken cancellation)
    {
        try
        {
            return (await ports.Files!.ListAsync(FolderOf(clip), cancellation)).Count > 0;
        }
        catch (FileTreeException)
        {
            return false;
        }
    }

    private async ValueTask<IReadOnlyList<string>> WriteAsync(
        IFileTrees files,
        Clip clip,
        CancellationToken cancellation
    )
    {
        await using var arrival = await files.ReceiveAsync(FolderOf(clip), SetFolders.KeyOf(clip.Id), cancellation);
        if (!arrival.IsWhole)
        {
            var (reader, lease) = await promises.OpenAsync(clip, clip.Representations.Single(), cancellation);
            using (lease)
            using (reader)
            {
                if (!await SetFolders.WriteAsync(reader, arrival, cancellation))
                {
                    throw Damaged();
                }
            }
        }
        if (!await arrival.PlaceAsync(cancellation))
        {
            throw Damaged();
        }
        await arrival.FinishAsync(cancellation);
        return arrival.Placed;
    }

    private static StoreException Damaged() => new(StoreFailure.Damaged, "The files of this copy are damaged.");

    private static ClipContent ContentOf(IReadOnlyList<string> paths) =>
        new([new ContentRepresentation(MediaTypes.LocalFiles, LocalFiles.Write(paths))], Sensitivity.Normal);

    private string FolderOf(Clip clip) => Path.Combine(folder!, SetFolders.KeyOf(clip.Id));

    /// <summary>Files whose clip is gone from history go too.</summary>
    private async ValueTask SweepAsync(IFileTrees files, CancellationToken cancellation)
    {
        using var turn = await _sweeping.EnterAsync(cancellation);
        var known = new HashSet<string>();
        foreach (var path in await files.ListAsync(folder!, cancellation))
        {
            var key = Path.GetFileName(path);
            if (
                SetFolders.TryReadKey(key, out var clip)
                && await ports.Store.FindClipAsync(clip, cancellation) is not null
            )
            {
                known.Add(key);
            }
            else
            {
                _writing.Remove(clip);
            }
        }
        await files.SweepCopiesAsync(folder!, known, cancellation);
    }
}
