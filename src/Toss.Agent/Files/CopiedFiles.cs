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
/// <param name="ending">The agent ends.</param>
internal sealed class CopiedFiles(
    AgentPorts ports,
    Device device,
    Promises promises,
    string? folder,
    CancellationToken ending
)
{
    /// <summary>Bytes of a set that is written as soon as it is here, whether anybody pastes it or not.</summary>
    private const long MostAtOnce = Limits.HeldContent;

    private readonly ILogger _log = ports.Logs.CreateLogger<CopiedFiles>();

    // Who waits for a set that is being written.
    private readonly Dictionary<ClipId, List<Waiter<Written>>> _writing = [];

    private readonly record struct Written(IReadOnlyList<string> Paths, StoreException? Failure);

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
        if (
            await ThereAsync(clip, cancellation)
            || (isHere && (clip.Size <= MostAtOnce || !ports.Clipboard.TakesPromises))
        )
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
                [new ContentRepresentation(MediaTypes.LocalFiles, new FilesPromise(promises, this, clip))],
                Sensitivity.Normal
            )
            : null;
    }

    /// <summary>
    /// The files, absolute, at the top of the set; written now if they are not there, and fetched if the set is not here. A
    /// <see cref="StoreException"/> that says why if they cannot be had. Who waits no longer leaves the rest to the next who pastes.
    /// </summary>
    public async ValueTask<IReadOnlyList<string>> PathsAsync(Clip clip, CancellationToken cancellation)
    {
        var waiter = new Waiter<Written>();
        if (_writing.TryGetValue(clip.Id, out var waiting))
        {
            waiting.Add(waiter);
        }
        else
        {
            _writing.Add(clip.Id, [waiter]);
            _ = WriteForAllAsync(clip);
        }
        var written = await waiter.WaitAsync(cancellation);
        return written.Failure is null ? written.Paths : throw written.Failure;
    }

    private async Task WriteForAllAsync(Clip clip)
    {
        var written = new Written([], Damaged());
        try
        {
            written = new Written(await HaveAsync(ports.Files!, clip), null);
        }
        catch (StoreException failure)
        {
            written = new Written([], failure);
        }
        catch (FileTreeException failure)
        {
            var kind = failure.Failure == FileTreeFailure.DiskFull ? StoreFailure.DiskFull : StoreFailure.Other;
            written = new Written([], new StoreException(kind, failure.Message, failure));
        }
        catch (Exception failure) when (failure is OperationCanceledException or ObjectDisposedException)
        {
            written = new Written([], new StoreException(StoreFailure.Busy, "Toss is ending.", failure));
        }
        finally
        {
            _ = _writing.Remove(clip.Id, out var waiting);
            waiting!.ForEach(waiter => waiter.TrySet(written));
        }
    }

    private async ValueTask<IReadOnlyList<string>> HaveAsync(IFileTrees files, Clip clip)
    {
        await SweepAsync(files);
        var paths = await files.ListAsync(FolderOf(clip), ending);
        if (paths.Count == 0)
        {
            paths = await WriteAsync(files, clip);
        }
        // A clipboard manager may bring them back as a copy of this device.
        device.Echo.Received(clip.Id, ContentOf(paths), device.SteadyNow);
        return paths;
    }

    private async ValueTask<bool> ThereAsync(Clip clip, CancellationToken cancellation)
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

    private async ValueTask<IReadOnlyList<string>> WriteAsync(IFileTrees files, Clip clip)
    {
        await using var arrival = await files.ReceiveAsync(FolderOf(clip), SetFolders.KeyOf(clip.Id), ending);
        if (!arrival.IsWhole)
        {
            var (reader, lease) = await promises.OpenAsync(clip, clip.Representations.Single(), ending);
            using (lease)
            using (reader)
            {
                if (!await SetFolders.WriteAsync(reader, arrival, ending))
                {
                    throw Damaged();
                }
            }
        }
        if (!await arrival.PlaceAsync(ending))
        {
            throw Damaged();
        }
        await arrival.FinishAsync(ending);
        return arrival.Placed;
    }

    private static StoreException Damaged() => new(StoreFailure.Damaged, "The files of this copy are damaged.");

    private static ClipContent ContentOf(IReadOnlyList<string> paths) =>
        new([new ContentRepresentation(MediaTypes.LocalFiles, LocalFiles.Write(paths))], Sensitivity.Normal);

    private string FolderOf(Clip clip) => Path.Combine(folder!, SetFolders.KeyOf(clip.Id));

    /// <summary>Files whose clip is gone from history go too.</summary>
    private async ValueTask SweepAsync(IFileTrees files)
    {
        var gone = new List<string>();
        foreach (var path in await files.ListAsync(folder!, ending))
        {
            var key = Path.GetFileName(path);
            if (!SetFolders.TryReadKey(key, out var clip) || !await IsInHistoryAsync(clip))
            {
                gone.Add(key);
            }
        }
        await files.SweepCopiesAsync(folder!, gone, ending);
    }

    private async ValueTask<bool> IsInHistoryAsync(ClipId clip)
    {
        try
        {
            return await ports.Store.FindClipAsync(clip, ending) is not null;
        }
        catch (StoreException failure) when (failure.Failure == StoreFailure.Damaged)
        {
            // It is, and keeps nobody from pasting another.
            return true;
        }
    }
}
