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
internal sealed class FileReceiving(AgentPorts ports, Device device, BlobFetcher fetcher, AgentSettings settings)
{
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
                        unfinished.Add(SetFolders.KeyOf(clip));
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
            var arrival = await files.ReceiveAsync(folder, SetFolders.KeyOf(clip.Id), cancellation);
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
        using var reader = fetcher.Read(clip.Blobs.Single());
        return await SetFolders.WriteAsync(reader, arrival, cancellation);
    }
}
