using Microsoft.Extensions.Logging;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent.Files;

/// <summary>
/// Sets of files that are here whole: put into the folder that a person chose. What they stand there as is written by
/// <see cref="IFileTrees"/>; here is decided where, and once. A set is placed, then its receipt is recorded, then what would place it
/// again after a kill is forgotten.
/// </summary>
internal sealed class FileReceiving(
    AgentPorts ports,
    Device device,
    BlobFetcher fetcher,
    AgentSettings settings,
    string? copiedFolder
)
{
    /// <summary>Bytes of a copied set that is put where a paste finds it as soon as it is here, whether anybody pastes it or not.</summary>
    public const long MostAtOnce = 8 * 1024 * 1024;

    private readonly ILogger _log = ports.Logs.CreateLogger<FileReceiving>();
    private readonly AsyncLock _one = new();

    // Placed in this run: another message of the same clip places nothing.
    private readonly HashSet<ClipId> _placed = [];
    private readonly Dictionary<ClipId, IFileArrival> _unsettled = [];

    /// <summary>Files stand in a folder.</summary>
    public event Action<FilesReceived>? Received;

    /// <summary>Why the last set could not be put into its folder; null once one could. For `toss status`.</summary>
    public WarningReport? Warning { get; private set; }

    /// <summary>At the start: what an earlier run began and cannot go on with.</summary>
    public async ValueTask SweepAsync(CancellationToken cancellation)
    {
        if (ports.Files is not { } files || settings.ReceiveFolder is not { } folder)
        {
            return;
        }
        try
        {
            var unfinished = new HashSet<string>();
            foreach (var peer in device.Circle.Peers)
            {
                foreach (var due in await ports.Store.ReceiptsDueAsync(peer.Device, int.MaxValue, cancellation))
                {
                    if (due is { Outcome: Receipt.Types.Outcome.Unspecified, Clip: { } clip })
                    {
                        unfinished.Add(KeyOf(clip));
                    }
                }
            }
            await files.SweepAsync(folder, unfinished.Contains, cancellation);
        }
        catch (FileTreeException failure)
        {
            _log.WorkFailed("Removing what is left of received files", failure);
        }
    }

    /// <summary>
    /// Puts a set into the folder, once. A <see cref="StoreException"/> if the disk does not take it: it is tried again; null if it
    /// is no set, whoever sent it.
    /// </summary>
    public async ValueTask<Receipt.Types.Outcome?> PlaceAsync(Clip clip, CancellationToken cancellation)
    {
        using var turn = await _one.EnterAsync(cancellation);
        if (_placed.Contains(clip.Id))
        {
            return Receipt.Types.Outcome.Applied;
        }
        if (ports.Files is not { } files || settings.ReceiveFolder is not { } folder)
        {
            return Receipt.Types.Outcome.Kept;
        }
        try
        {
            var arrival = await files.ReceiveAsync(folder, KeyOf(clip.Id), cancellation);
            try
            {
                if (
                    (!arrival.IsWhole && !await WriteAsync(clip, arrival, cancellation))
                    || !await arrival.PlaceAsync(cancellation)
                )
                {
                    await arrival.DisposeAsync();
                    return null;
                }
            }
            catch
            {
                await arrival.DisposeAsync();
                throw;
            }
            _unsettled[clip.Id] = arrival;
            _ = _placed.Add(clip.Id);
            Warning = null;
            Received?.Invoke(
                new FilesReceived(
                    clip.Id.ToString(),
                    device.Circle.NameOf(clip.Origin),
                    folder,
                    [.. arrival.Placed.Select(path => Path.GetFileName(path))],
                    clip.Files!.Bytes
                )
            );
            return Receipt.Types.Outcome.Applied;
        }
        catch (FileTreeException failure)
        {
            var from = device.Circle.NameOf(clip.Origin);
            Warning = new WarningReport(WarningCodes.FilesWait, $"Files from {from} wait: {failure.Message}", from);
            throw new StoreException(
                failure.Failure == FileTreeFailure.DiskFull ? StoreFailure.DiskFull : StoreFailure.Other,
                failure.Message,
                failure
            );
        }
    }

    /// <summary>The receipt is recorded: a start would not place it again.</summary>
    public async ValueTask SettledAsync(ClipId clip, CancellationToken cancellation)
    {
        if (_unsettled.Remove(clip, out var arrival))
        {
            try
            {
                await arrival.FinishAsync(cancellation);
            }
            catch (FileTreeException failure)
            {
                // The next start removes it.
                _log.WorkFailed("Removing what is left of received files", failure);
            }
            await arrival.DisposeAsync();
        }
    }

    private async ValueTask<bool> WriteAsync(Clip clip, IFileArrival arrival, CancellationToken cancellation)
    {
        var blob = clip.Blobs.Single();
        using var reader = fetcher.Read(blob);
        var piece = new byte[ChunkReader.AtOnce * Limits.BlobChunk];
        for (var at = 0L; at < blob.Length; )
        {
            var length = await reader.ReadAsync(at, piece, cancellation);
            if (!await arrival.WriteAsync(piece.AsMemory(0, length), cancellation))
            {
                return false;
            }
            at += length;
        }
        return true;
    }

    /// <summary>
    /// Files of a copied set as local paths, for a paste: put into a folder of its own, where they stay as long as the clip is in
    /// history. Null if they cannot be had: it is no set, or not here whole, or the disk is full.
    /// </summary>
    public async ValueTask<IReadOnlyList<string>?> LocalPathsAsync(Clip clip, CancellationToken cancellation)
    {
        using var turn = await _one.EnterAsync(cancellation);
        if (ports.Files is not { } files || copiedFolder is null || clip.Files is not { Sent: false })
        {
            return null;
        }
        try
        {
            await files.SweepCopiesAsync(copiedFolder, await KnownAsync(files, cancellation), cancellation);
            var folder = Path.Combine(copiedFolder, KeyOf(clip.Id));
            if (await files.ListAsync(folder, cancellation) is { Count: > 0 } there)
            {
                return there;
            }
            await using var arrival = await files.ReceiveAsync(folder, KeyOf(clip.Id), cancellation);
            if (
                (!arrival.IsWhole && !await WriteAsync(clip, arrival, cancellation))
                || !await arrival.PlaceAsync(cancellation)
            )
            {
                return null;
            }
            await arrival.FinishAsync(cancellation);
            return arrival.Placed;
        }
        catch (Exception failure) when (failure is FileTreeException or StoreException)
        {
            _log.WorkFailed("Putting copied files where a paste finds them", failure);
            return null;
        }
    }

    /// <summary>Copies whose clip is gone from history go too.</summary>
    private async ValueTask<IReadOnlySet<string>> KnownAsync(IFileTrees files, CancellationToken cancellation)
    {
        var known = new HashSet<string>();
        foreach (var path in await files.ListAsync(copiedFolder!, cancellation))
        {
            var key = Path.GetFileName(path);
            if (TryReadKey(key, out var clip) && await ports.Store.FindClipAsync(clip, cancellation) is not null)
            {
                known.Add(key);
            }
        }
        return known;
    }

    private static bool TryReadKey(string key, out ClipId clip)
    {
        clip = default;
        return key.Length == 2 * ClipId.Size
            && key.All(char.IsAsciiHexDigitLower)
            && ClipId.TryFrom(Convert.FromHexString(key), out clip);
    }

    private static string KeyOf(ClipId clip) => Convert.ToHexStringLower(clip.ToBytes());
}
