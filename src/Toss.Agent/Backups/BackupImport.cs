using Toss.Control;
using Toss.Core.Backups;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent.Backups;

/// <summary>
/// Takes a backup's records into this device's history, on the agent's thread, some clips in each commit. Nothing of it goes onto the
/// clipboard, and nothing is sent because of it. What was recorded before a failure stays: the same backup taken again goes on
/// behind it.
/// </summary>
internal sealed class BackupImport(DeviceAgent agent, bool withSettings) : IAsyncDisposable
{
    /// <summary>Clips of one commit: enough that the disk is not waited for all the time.</summary>
    private const int AtATime = 64;

    /// <summary>Bytes, and clips, after which older history makes room.</summary>
    private const long SweepAfter = 64L * 1024 * 1024;

    private const int SweepAfterClips = 4096;

    private readonly List<BackedUpClip> _batch = [];
    private readonly Dictionary<DeviceId, string> _names = [];
    private BackedUpClip? _current;
    private BackupContent? _content;
    private BackupSettings? _settings;
    private long _sinceSweep;
    private int _clipsSinceSweep;
    private int _pinned;
    private long _pinnedBytes;
    private bool _isSkipping;

    public ImportReport Report { get; private set; } = new(0, 0);

    private AgentPorts Ports => agent.Ports;

    public async ValueTask BeginAsync(CancellationToken cancellation)
    {
        var size = await Ports.Store.MeasureAsync(cancellation);
        (_pinned, _pinnedBytes) = (size.Pinned, size.PinnedBytes);
    }

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
        clip = clip with { Stored = Unpinned(stored) };
        if (await FindAsync(id, cancellation) is { } known)
        {
            NoteOrigin(clip);
            await MarkAsync(known, clip.Stored, cancellation);
            return;
        }
        if (!IsKept(clip.Stored))
        {
            Report = Report with { NotKept = Report.NotKept + 1 };
            return;
        }
        if (stored.Mark.Pinned && !clip.Stored.Mark.Pinned)
        {
            Report = Report with { Unpinned = Report.Unpinned + 1 };
        }
        _isSkipping = false;
        CountPin(clip.Stored);
        if (stored.Clip.Blobs.Any())
        {
            // Its content takes its time: what came before is not kept waiting.
            await FlushAsync(cancellation);
            (_current, _content) = (clip, new BackupContent(Ports.Blobs, agent.Blobs, stored.Clip));
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
            (_content, _current, _isSkipping) = (null, null, true);
            await content.DisposeAsync();
            Report = Report with { Damaged = Report.Damaged + 1 };
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
        if (await CommitAsync([clip], cancellation) > 0)
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

    /// <summary>A row that is there and does not open is no reason not to take the rest.</summary>
    private async ValueTask<StoredClip?> FindAsync(ClipId id, CancellationToken cancellation) =>
        (await Ports.Store.FindClipsAsync([id], cancellation)).FirstOrDefault();

    /// <summary>What is here stays as it is; only where nobody put a mark, the backup's is put.</summary>
    private async ValueTask MarkAsync(StoredClip known, StoredClip backup, CancellationToken cancellation)
    {
        Report = Report with { Known = Report.Known + 1 };
        if (known.Mark.IsNone && !backup.Mark.IsNone)
        {
            await Ports.Store.CommitAsync(
                StoreStep.ChangeHistory,
                [new MarkClip(known.Clip.Id, backup.Mark)],
                cancellation
            );
            CountPin(backup);
        }
    }

    /// <summary>Pins take half of history at most, wherever they come from.</summary>
    private StoredClip Unpinned(StoredClip stored)
    {
        var kept = agent.Settings.Retention;
        return stored.Mark.Pinned && (_pinned + 1 > kept.Clips / 2 || _pinnedBytes + stored.Clip.Size > kept.Bytes / 2)
            ? stored with
            {
                Mark = stored.Mark with { Pinned = false },
            }
            : stored;
    }

    /// <summary>What the next sweep would take is not written first.</summary>
    private bool IsKept(StoredClip stored)
    {
        var kept = agent.Settings.RetentionByKind;
        if (stored.Mark.Pinned)
        {
            return true;
        }
        var kind = SharingRules.KindOf(stored.Clip.Sensitivity, stored.Clip.Representations[0].MediaType);
        var age = kept.AgeOf.TryGetValue(kind, out var own) && own < kept.Age ? own : kept.Age;
        return agent.Device.Now - stored.ReceivedAt <= age && stored.Clip.Size <= kept.Bytes - _pinnedBytes;
    }

    private void Note(BackedUpClip clip)
    {
        var stored = clip.Stored;
        Report = Report with { Clips = Report.Clips + 1, Bytes = Report.Bytes + stored.Clip.Size };
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

    private void CountPin(StoredClip stored)
    {
        if (stored.Mark.Pinned)
        {
            _pinned++;
            _pinnedBytes += stored.Clip.Size;
        }
    }

    /// <summary>How many are in history then: what was deleted everywhere meanwhile is not.</summary>
    private async ValueTask<int> CommitAsync(IReadOnlyList<BackedUpClip> clips, CancellationToken cancellation)
    {
        var writes = new List<StoreWrite>();
        foreach (var (stored, _) in clips)
        {
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
        Report = Report with { NotKept = Report.NotKept + swept.ClipsErased };
    }
}
