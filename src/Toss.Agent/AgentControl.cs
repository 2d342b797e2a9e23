using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Toss.Agent.Examination;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// The control API of a running agent. May be called from any thread: every call hops onto the agent's scheduler, works
/// there, and answers with plain records.
/// </summary>
public sealed partial class AgentControl(DeviceAgent agent, SynchronizationContext scheduler) : IControl
{
    private Device Device => agent.Device;

    public Task<StatusReport> GetStatusAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var pending = await agent.Ports.Store.CountPendingAsync(cancellation);
            return StatusWriter.Write(agent, pending);
        });

    public Task<IReadOnlyList<DoctorCheck>> ExamineAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var pending = await agent.Ports.Store.CountPendingAsync(cancellation);
            return await new AgentExamination(agent).RunAsync(StatusWriter.Write(agent, pending), cancellation);
        });

    public IAsyncEnumerable<PairingEvent> OpenPairingAsync(
        OpenPairingRequest request,
        CancellationToken cancellation
    ) => EventsAsync((events, stop) => agent.Inviter.RunAsync(request, events, stop), cancellation);

    public IAsyncEnumerable<PairingEvent> JoinAsync(JoinRequest request, CancellationToken cancellation) =>
        EventsAsync((events, stop) => agent.Joiner.RunAsync(request, events, stop), cancellation);

    public Task ConfirmPairingAsync(string pairingId, bool accept, CancellationToken cancellation) =>
        OnAgentAsync(() =>
            agent.Inviter.Answer(pairingId, accept)
                ? new ValueTask<bool>(true)
                : throw new ControlException(
                    ControlErrors.InvalidArgument,
                    "No device waits to be added.",
                    "It may have timed out."
                )
        );

    public Task<IReadOnlyList<DeviceReport>> GetDevicesAsync(CancellationToken cancellation) =>
        OnAgentAsync(() =>
        {
            var self = Device.Circle.CardOf(Device.Id);
            var all = Device.Circle.Peers.Prepend(self).OfType<DeviceCard>();
            return new ValueTask<IReadOnlyList<DeviceReport>>([.. all.Select(card => StatusWriter.Write(agent, card))]);
        });

    public Task<DeviceReport> UnpairAsync(string device, IReadOnlyList<string> keep, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var peer = FindPeer(device);
            var report = StatusWriter.Write(agent, peer);
            var kept = keep.Select(FindPeer).Select(card => card.Device).ToHashSet();
            if (kept.Contains(peer.Device))
            {
                throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"{peer.Name} cannot be removed and kept.",
                    "After --keep come devices that it let in."
                );
            }
            await agent.Departure.RevokeAsync(peer.Device, kept, cancellation);
            return report;
        });

    public Task LeaveAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            await agent.Departure.LeaveAsync(cancellation);
            return true;
        });

    public Task RenameAsync(string name, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            if (!DeviceName.IsValid(name))
            {
                throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"A name has 1 to {Limits.Name} characters, no control characters, no space at its ends."
                );
            }
            await agent.Keeper.AnnounceAsync(
                StoreStep.ChangeDevice,
                record => record with { Name = name },
                cancellation
            );
            return true;
        });

    public Task<IReadOnlyList<ConfigEntry>> GetConfigAsync(CancellationToken cancellation) =>
        OnAgentAsync(() =>
            new ValueTask<IReadOnlyList<ConfigEntry>>([.. RelaySettings.Report(Device), .. agent.Settings.Report()])
        );

    public Task<ConfigEntry> SetConfigAsync(string key, string? value, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            if (RelaySettings.Change(Device, key, value) is { } change)
            {
                await agent.Keeper.AnnounceAsync(StoreStep.ChangeDevice, change, cancellation);
                return RelaySettings.Report(Device).First(entry => entry.Key == key);
            }
            // Made of the record as it is when its turn comes: another change may be under way.
            await agent.Keeper.ChangeAsync(
                record => record with { Settings = agent.Settings.With(key, value) },
                cancellation
            );
            return agent.Settings.Report(key);
        });

    public async Task<CopyReport> CopyAsync(
        string mediaType,
        Stream content,
        bool isSecret,
        CancellationToken cancellation
    )
    {
        var bytes = await ReadBoundedAsync(content, cancellation);
        return await OnAgentAsync(async () =>
        {
            var type = MediaTypes.IsText(mediaType) ? MediaTypes.Text : mediaType;
            var snapshot = new Snapshot(
                [new ContentRepresentation(type, bytes)],
                Concealed: isSecret,
                Origin: null,
                Omitted: []
            );
            var shared = await agent.Outbound.ShareAsync(snapshot, cancellation);
            if (shared.Failure is { } failure)
            {
                throw new ControlException(
                    ControlErrors.Storage,
                    failure.Message,
                    "Nothing was shared. Free the disk and copy again."
                );
            }
            if (shared.Clip is { } clip)
            {
                await (
                    clip.Sensitivity == Sensitivity.Secret
                        ? agent.Secrets.ShowOwnAsync(clip)
                        : agent.Applier.ShowOwnAsync(clip, cancellation)
                );
            }
            return shared.Verdict switch
            {
                AdmitVerdict.Admitted => new CopyReport(shared.Clip!.Id.ToString(), null, bytes.Length, shared.Peers),
                AdmitVerdict.TooLarge => throw new ControlException(
                    ControlErrors.TooLarge,
                    $"The content is larger than {agent.Settings.MaxContent / 1024 / 1024} MiB.",
                    "See `toss config max-size`."
                ),
                AdmitVerdict.Paused => throw new ControlException(
                    ControlErrors.Paused,
                    "Sharing is paused.",
                    "Run `toss resume`."
                ),
                var verdict => new CopyReport(null, verdict.ToString().ToLowerInvariant(), bytes.Length, 0),
            };
        });
    }

    public Task<PasteContent?> PasteAsync(string? mediaType, TimeSpan? wait, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var changed = new Wake(agent.Ports.Time);
            void Ring() => changed.Ring();
            agent.Applier.Applied += Ring;
            try
            {
                var deadline = Device.Now + (wait ?? TimeSpan.Zero);
                while (true)
                {
                    var snapshot = await agent.Ports.Clipboard.ReadAsync(cancellation);
                    if (snapshot is not null && Pick(snapshot, mediaType) is { } found)
                    {
                        return new PasteContent(
                            found.MediaType,
                            new MemoryStream(found.Bytes.ToArray(), writable: false)
                        );
                    }
                    var left = deadline - Device.Now;
                    if (left <= TimeSpan.Zero)
                    {
                        return null;
                    }
                    await changed.WaitAsync(left < PasteLook ? left : PasteLook, cancellation);
                }
            }
            finally
            {
                agent.Applier.Applied -= Ring;
            }
        });

    public Task<IReadOnlyList<HistoryEntry>> GetHistoryAsync(
        string? query,
        int limit,
        CancellationToken cancellation
    ) =>
        OnAgentAsync<IReadOnlyList<HistoryEntry>>(async () =>
        {
            var locked = HistoryLock.In(Device.Record);
            limit = Math.Clamp(limit, 1, MaxHistory);
            var (asked, found, clips) = (limit, 0, (IReadOnlyList<StoredClip>)[]);
            do
            {
                // What is locked counts for nothing: it must not hide what was copied before it.
                found = clips.Count;
                clips = await agent.Ports.Store.SearchHistoryAsync(query, asked, cancellation);
                asked = asked > int.MaxValue / 4 ? int.MaxValue : asked * 4;
            } while (clips.Count > found && clips.Count(IsOpen) < limit && locked.Count > 0);
            var newest = await agent.Ports.Store.NewestClaimAsync(Device.PlausibleUntil, cancellation);
            var entries = new List<HistoryEntry>();
            foreach (var stored in clips.Where(IsOpen).Take(limit))
            {
                var rows = await agent.Ports.Store.DeliveriesOfClipAsync(stored.Clip.Id, cancellation);
                entries.Add(StatusWriter.Write(agent, stored, rows, newest?.Clip.Id));
            }
            return entries.Count > 0 || locked.Count == 0
                ? entries
                : throw new ControlException(
                    ControlErrors.HistoryLocked,
                    "This device was removed from its circle: the history they shared is locked, and erased on "
                        + $"{locked[^1].EraseAt.ToLocalTime():d MMMM 'at' HH:mm}.",
                    "To keep it, run `toss history --keep`, which asks for your password on this computer."
                );

            bool IsOpen(StoredClip stored) => !locked.Any(one => one.Holds(stored));
        });

    public Task KeepHistoryAsync(ReadOnlyMemory<byte> password, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            await agent.Unlock.KeepAsync(password);
            return true;
        });

    public Task<IReadOnlyList<TraceReport>> GetTraceAsync(int limit, CancellationToken cancellation) =>
        OnAgentAsync(() =>
            new ValueTask<IReadOnlyList<TraceReport>>(agent.Trace.Report(Math.Clamp(limit, 1, MaxHistory)))
        );

    public Task<BenchReport> BenchAsync(string device, int megabytes, CancellationToken cancellation) =>
        OnAgentAsync(() => LinkMeasurement.RunAsync(agent, FindPeer(device), megabytes, cancellation));

    public Task StopAsync(CancellationToken cancellation) =>
        OnAgentAsync(() =>
        {
            agent.RequestStop();
            return new ValueTask<bool>(true);
        });

    /// <summary>Entries one answer holds.</summary>
    private const int MaxHistory = 10_000;

    /// <summary>A paste that waits for another program's copy looks this often; our own writes wake it at once.</summary>
    private static readonly TimeSpan PasteLook = TimeSpan.FromMilliseconds(250);

    private DeviceCard FindPeer(string text)
    {
        var found = Device
            .Circle.Peers.Where(peer =>
                DeviceQuery.Matches(text, peer.Device.ToString(), peer.Name, peer.Device.Fingerprint)
            )
            .ToList();
        return found.Count == 1
            ? found[0]
            : throw new ControlException(
                ControlErrors.NoSuchDevice,
                found.Count == 0 ? "No device of this circle is called that." : "More than one device is called that.",
                "`toss devices` lists names and ids."
            );
    }

    private static ContentRepresentation? Pick(Snapshot snapshot, string? mediaType)
    {
        if (mediaType is null)
        {
            return snapshot.Representations.FirstOrDefault(representation =>
                    MediaTypes.IsText(representation.MediaType)
                ) ?? snapshot.Representations.FirstOrDefault();
        }
        return snapshot.Representations.FirstOrDefault(representation =>
            representation.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
            || (MediaTypes.IsText(mediaType) && MediaTypes.IsText(representation.MediaType))
        );
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadBoundedAsync(Stream content, CancellationToken cancellation)
    {
        var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await content.ReadAsync(chunk, cancellation)) > 0)
        {
            if (buffer.Length + read > Limits.Content)
            {
                throw new ControlException(
                    ControlErrors.TooLarge,
                    $"The content is larger than {Limits.Content / 1024 / 1024} MiB.",
                    "Larger content cannot be shared yet."
                );
            }
            buffer.Write(chunk, 0, read);
        }
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    /// <summary>Runs a flow on the agent and hands out what it writes; letting go of the enumerator ends the flow.</summary>
    private async IAsyncEnumerable<PairingEvent> EventsAsync(
        Func<ChannelWriter<PairingEvent>, CancellationToken, Task> flow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var channel = Channel.CreateBounded<PairingEvent>(16);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = OnAgentAsync(async () =>
        {
            try
            {
                await flow(channel.Writer, stop.Token);
            }
            finally
            {
                channel.Writer.TryComplete();
            }
            return true;
        });
        try
        {
            await foreach (var happened in channel.Reader.EachAsync(cancellation))
            {
                yield return happened;
            }
        }
        finally
        {
            stop.Cancel();
            await running;
        }
    }

    private Task<T> OnAgentAsync<T>(Func<ValueTask<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        scheduler.Post(
            async _ =>
            {
                try
                {
                    done.SetResult(await work());
                }
                catch (OperationCanceledException cancelled)
                {
                    done.TrySetCanceled(cancelled.CancellationToken);
                }
                catch (StoreException failure)
                {
                    done.TrySetException(new ControlException(ControlErrors.Storage, failure.Message));
                }
                catch (Exception failure)
                {
                    done.TrySetException(failure);
                }
            },
            null
        );
        return done.Task;
    }
}
