using Toss.Control;
using Toss.Core.Backups;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent.Backups;

/// <summary>
/// Takes a backup's records into this device's history, on the agent's thread, some clips in each commit. Nothing of it goes onto the
/// clipboard, and nothing is sent because of it. What is here without its content gets that back. What was recorded before a failure
/// stays: the same backup taken again goes on behind it.
/// </summary>
internal sealed class BackupImport(DeviceAgent agent, bool withSettings) : IAsyncDisposable
{
    /// <summary>Clips of one commit: enough that the disk is not waited for all the time.</summary>
    private const int AtATime = 64;

    /// <summary>Bytes, and clips, after which older history makes room.</summary>
    private const long SweepAfter = 64L * 1024 * 1024;

    private const int SweepAfterClips = 4096;

    private readonly ImportRoom _room = new(agent);
    private readonly List<BackedUpClip> _batch = [];
    private readonly Dictionary<DeviceId, string> _names = [];

    // What came, with its size: of what a sweep takes, the rest was here before. No more than history may hold.
    private readonly Dictionary<ClipId, long> _came = [];

    // Their rows are here and do not open: the backup's take their place.
    private readonly HashSet<ClipId> _unreadable = [];
    private BackedUpClip? _current;

    // Of a clip that is here without its content, and not of a new one.
    private bool _isRestoring;
    private BackupContent? _content;
    private BackupSettings? _settings;
    private long _sinceSweep;
    private int _clipsSinceSweep;
    private bool _isSkipping;

    public ImportReport Report { get; private set; } = new(0, 0);

    private AgentPorts Ports => agent.Ports;

    public ValueTask BeginAsync(CancellationToken cancellation) => _room.BeginAsync(cancellation);

    /// <param name="clip">What <paramref name="record"/> holds if it is a clip; null if that is none that history could hold.</param>
    public async ValueTask TakeAsync(BackupRecord record, BackedUpClip? clip, CancellationToken cancellation)
    {
        if (record.KindCase == BackupRecord.KindOneofCase.Piece)
        {
            await TakeAsync(record.Piece, cancellation);
            return;
        }
        if (_content is not null)
        {
            throw BackupFailures.Damaged();
        }
        _isSkipping = false;
        switch (record.KindCase)
        {
            case BackupRecord.KindOneofCase.Settings when withSettings:
                // Of a backup that turns out to be damaged nobody wants the rules. Room for its clips is needed before.
                _settings = record.Settings;
                await agent.Rules.ChangeAsync(
                    device => SettingsBackup.Widen(device, agent.Settings, record.Settings),
                    cancellation
                );
                break;
            case BackupRecord.KindOneofCase.Clip:
                await TakeAsync(clip, cancellation);
                break;
            case BackupRecord.KindOneofCase.End:
                await FlushAsync(cancellation);
                if (_settings is { } settings)
                {
                    await agent.Rules.ChangeAsync(
                        device => SettingsBackup.Apply(device, agent.Settings, settings),
                        cancellation
                    );
                    agent.Device.RaiseChanged();
                    Report = Report with { Settings = true };
                }
                await SweepAsync(byKind: true, cancellation);
                break;
        }
    }

    /// <summary>What came whole is recorded.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        if (_batch.Count > 0)
        {
            _ = await CommitAsync(_batch, cancellation);
            _batch.Clear();
            await MakeRoomAsync(cancellation);
        }
        if (_names.Count > 0)
        {
            await agent.Keeper.ChangeAsync(record => OriginNames.With(record, _names), cancellation);
            _names.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_content is { } content)
        {
            await content.DisposeAsync();
        }
    }

    private async ValueTask TakeAsync(BackedUpClip? clip, CancellationToken cancellation)
    {
        _isSkipping = true;
        // What has a time to come would stand before all that is copied until then.
        if (clip is null || !StampClock.IsPlausible(clip.Stored.Clip.Stamp, agent.Device.CircleNow))
        {
            Report = Report with { Damaged = Report.Damaged + 1 };
            return;
        }
        var stored = clip.Stored;
        var id = stored.Clip.Id;
        if (_batch.Any(other => other.Stored.Clip.Id == id))
        {
            Report = Report with { Known = Report.Known + 1 };
            return;
        }
        if (await Ports.Store.IsDeletedAsync(id, cancellation))
        {
            Report = Report with { Deleted = Report.Deleted + 1 };
            return;
        }
        clip = clip with { Stored = _room.Unpinned(stored) };
        var losesPin = stored.Mark.Pinned && !clip.Stored.Mark.Pinned;
        if (await FindAsync(id, cancellation) is { } known)
        {
            NoteOrigin(clip);
            Report = Report with { Unpinned = Report.Unpinned + (losesPin && known.Mark.IsNone ? 1 : 0) };
            await MarkAsync(known, clip.Stored, cancellation);
            if (await IsRestoredAsync(known, stored.Clip, cancellation))
            {
                _isSkipping = false;
                await BeginContentAsync(clip with { Stored = known }, isRestoring: true, cancellation);
                return;
            }
            Report = Report with { Known = Report.Known + 1 };
            return;
        }
        if (!_room.IsKept(clip.Stored))
        {
            Report = Report with { NotKept = Report.NotKept + 1 };
            return;
        }
        Report = Report with { Unpinned = Report.Unpinned + (losesPin ? 1 : 0) };
        _isSkipping = false;
        _room.Count(clip.Stored);
        if (stored.Clip.Blobs.Any())
        {
            await BeginContentAsync(clip, isRestoring: false, cancellation);
            return;
        }
        _batch.Add(clip);
        if (_batch.Count == AtATime)
        {
            await FlushAsync(cancellation);
        }
    }

    private async ValueTask TakeAsync(BackupPiece piece, CancellationToken cancellation)
    {
        if (_isSkipping)
        {
            return;
        }
        if (_content is not { } content)
        {
            throw BackupFailures.Damaged();
        }
        if (piece.Broken)
        {
            if (!_isRestoring)
            {
                _room.Discount(_current!.Stored);
            }
            (_content, _current, _isSkipping) = (null, null, true);
            await content.DisposeAsync();
            Report = Report with { Damaged = Report.Damaged + (piece.Deleted ? 0 : 1) };
            return;
        }
        if (!await content.TakeAsync(piece.Content.Memory, cancellation))
        {
            throw BackupFailures.Damaged();
        }
        if (!content.IsWhole)
        {
            return;
        }
        var clip = _current!;
        if (_isRestoring)
        {
            await RestoreAsync(clip.Stored, cancellation);
        }
        else if (await CommitAsync([clip], cancellation) > 0)
        {
            content.Keep();
        }
        (_content, _current) = (null, null);
        await content.DisposeAsync();
        await MakeRoomAsync(cancellation);
    }

    private async ValueTask MakeRoomAsync(CancellationToken cancellation)
    {
        if (_sinceSweep >= SweepAfter || _clipsSinceSweep >= SweepAfterClips)
        {
            await SweepAsync(byKind: false, cancellation);
        }
    }

    /// <summary>Its content takes its time: what came before is not kept waiting.</summary>
    private async ValueTask BeginContentAsync(BackedUpClip clip, bool isRestoring, CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        _isRestoring = isRestoring;
        (_current, _content) = (clip, new BackupContent(Ports.Blobs, agent.Blobs, clip.Stored.Clip, isRestoring));
    }

    private async ValueTask<StoredClip?> FindAsync(ClipId id, CancellationToken cancellation)
    {
        try
        {
            return await Ports.Store.FindClipAsync(id, cancellation);
        }
        catch (StoreException failure) when (failure.Failure == StoreFailure.Damaged)
        {
            _ = _unreadable.Add(id);
            return null;
        }
    }

    /// <summary>
    /// What was never fetched, was given up, or is gone from the disk, whoever is at fault: whoever imports a backup wants what is in
    /// it. Not if somebody made another clip with the same id.
    /// </summary>
    private async ValueTask<bool> IsRestoredAsync(StoredClip known, Clip backup, CancellationToken cancellation)
    {
        var blobs = BackupContent.BlobsOf(known.Clip).ToList();
        if (
            blobs.Count == 0
            || !_room.IsKept(known)
            // It comes by itself.
            || agent.Applier.IsFetching(known.Clip.Id)
            || !blobs.Select(blob => blob.Id).SequenceEqual(BackupContent.BlobsOf(backup).Select(blob => blob.Id))
        )
        {
            return false;
        }
        if (known.State != ClipState.Complete)
        {
            return true;
        }
        foreach (var blob in blobs)
        {
            if (!await BackupContent.IsHereAsync(Ports.Blobs, blob, cancellation))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>All of its content is durable: it is a whole one of history. What it waited for, its senders hear.</summary>
    private async ValueTask RestoreAsync(StoredClip known, CancellationToken cancellation)
    {
        await agent.Applier.CompleteAsync(known.Clip, cancellation);
        if (await FindAsync(known.Clip.Id, cancellation) is not { State: ClipState.Complete })
        {
            // Deleted meanwhile: what nobody holds goes with its disposal.
            Report = Report with
            {
                Deleted = Report.Deleted + 1,
            };
            return;
        }
        Report = Report with { Restored = Report.Restored + 1 };
        (_sinceSweep, _clipsSinceSweep) = (_sinceSweep + known.Clip.Size, _clipsSinceSweep + 1);
    }

    /// <summary>What is here stays as it is; only where nobody put a mark, the backup's is put.</summary>
    private async ValueTask MarkAsync(StoredClip known, StoredClip backup, CancellationToken cancellation)
    {
        if (known.Mark.IsNone && !backup.Mark.IsNone)
        {
            await Ports.Store.CommitAsync(
                StoreStep.ChangeHistory,
                [new MarkClip(known.Clip.Id, backup.Mark)],
                cancellation
            );
            _room.Count(backup);
        }
    }

    private void Note(BackedUpClip clip)
    {
        var stored = clip.Stored;
        if (_unreadable.Remove(stored.Clip.Id))
        {
            Report = Report with { Restored = Report.Restored + 1 };
        }
        else
        {
            Report = Report with { Clips = Report.Clips + 1, Bytes = Report.Bytes + stored.Clip.Size };
            _came[stored.Clip.Id] = stored.Clip.Size;
        }
        (_sinceSweep, _clipsSinceSweep) = (_sinceSweep + stored.Clip.Size, _clipsSinceSweep + 1);
        NoteOrigin(clip);
    }

    private void NoteOrigin(BackedUpClip clip)
    {
        var stored = clip.Stored;
        if (clip.OriginName is { } name && agent.Device.Circle.CardOf(stored.Clip.Origin) is null)
        {
            _names[stored.Clip.Origin] = name;
        }
    }

    /// <summary>How many are in history then: what was deleted everywhere meanwhile is not.</summary>
    private async ValueTask<int> CommitAsync(IReadOnlyList<BackedUpClip> clips, CancellationToken cancellation)
    {
        var writes = new List<StoreWrite>();
        foreach (var (stored, _) in clips)
        {
            if (_unreadable.Contains(stored.Clip.Id))
            {
                writes.Add(new EraseClip(stored.Clip.Id));
            }
            writes.Add(new InsertClip(stored) { UnlessDeleted = true });
            if (!stored.Mark.IsNone)
            {
                writes.Add(new MarkClip(stored.Clip.Id, stored.Mark));
            }
        }
        await Ports.Store.CommitAsync(StoreStep.ChangeHistory, writes, cancellation);
        var there = (await Ports.Store.FindClipsAsync([.. clips.Select(clip => clip.Stored.Clip.Id)], cancellation))
            .Select(stored => stored.Clip.Id)
            .ToHashSet();
        foreach (var clip in clips.Where(clip => there.Contains(clip.Stored.Clip.Id)))
        {
            Note(clip);
        }
        Report = Report with { Deleted = Report.Deleted + clips.Count - there.Count };
        return there.Count;
    }

    private async ValueTask SweepAsync(bool byKind, CancellationToken cancellation)
    {
        (_sinceSweep, _clipsSinceSweep) = (0, 0);
        var swept = byKind
            ? await agent.Room.SweepByKindAsync(cancellation)
            : await agent.Room.SweepAsync(cancellation);
        foreach (var clip in swept.Erased)
        {
            // What was here before makes room for what came, as for all that is newer: that is not the backup's to count.
            if (_came.Remove(clip, out var size))
            {
                Report = Report with
                {
                    Clips = Report.Clips - 1,
                    Bytes = Report.Bytes - size,
                    NotKept = Report.NotKept + 1,
                };
            }
        }
    }
}
