using Toss.Agent.Histories;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>What was copied, and what one can do with it.</summary>
public sealed partial class AgentControl
{
    private ClipLookup Lookup => new(agent.Ports, Device);

    public Task<HistoryPage> GetHistoryAsync(HistoryRequest request, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var locked = HistoryLock.In(Device.Record);
            var (clips, next) = await new HistoryPages(agent.Ports.Store, Device, agent.Search).FindAsync(
                request,
                cancellation
            );
            var newest = await agent.Ports.Store.NewestClaimAsync(Device.PlausibleUntil, cancellation);
            var rows = await agent.Ports.Store.DeliveriesOfClipsAsync(
                [.. clips.Select(stored => stored.Clip.Id)],
                cancellation
            );
            IReadOnlyList<HistoryEntry> entries =
            [
                .. clips.Select(stored =>
                    StatusWriter.Write(agent, stored, rows.GetValueOrDefault(stored.Clip.Id, []), newest?.Clip.Id)
                ),
            ];
            return entries.Count > 0 || locked.Count == 0
                ? new HistoryPage(entries, next)
                : throw new ControlException(
                    ControlErrors.HistoryLocked,
                    "This device was removed from its circle: the history they shared is locked, and erased on "
                        + $"{locked[^1].EraseAt.ToLocalTime():d MMMM 'at' HH:mm}.",
                    "To keep it, run `toss history --keep`, which asks for your password on this computer."
                );
        });

    public Task KeepHistoryAsync(ReadOnlyMemory<byte> password, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            await agent.Unlock.KeepAsync(password);
            return true;
        });

    public Task<ClipReport> GetClipAsync(string clip, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var stored = await Lookup.FindAsync(clip, cancellation);
            var rows = await agent.Ports.Store.DeliveriesOfClipAsync(stored.Clip.Id, cancellation);
            var newest = await agent.Ports.Store.NewestClaimAsync(Device.PlausibleUntil, cancellation);
            return new ClipReport(
                StatusWriter.Write(agent, stored, rows, newest?.Clip.Id),
                [
                    .. stored.Clip.Representations.Select(
                        (format, number) => new FormatReport(number, format.MediaType, format.Size)
                    ),
                ]
            )
            {
                Files = stored.Clip.Files is { } files ? StatusWriter.Write(files) : null,
            };
        });

    public Task<FormatContent> ReadClipAsync(string clip, int format, long offset, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var found = await Lookup.FindReadableAsync(clip, cancellation);
            if (format < 0 || format >= found.Representations.Count)
            {
                throw new ControlException(
                    ControlErrors.Empty,
                    $"This copy has no format {format}.",
                    "`toss show CLIP` lists its formats."
                );
            }
            var chosen = found.Representations[format];
            if (offset < 0 || (offset > 0 && offset >= chosen.Size))
            {
                throw new ControlException(ControlErrors.InvalidArgument, "The content ends before this offset.");
            }
            if (await agent.Blobs.PromiseAsync(found, chosen, cancellation) is { } promise)
            {
                var coming = await BeginAsync(promise, "toss show", offset, cancellation);
                return new FormatContent(chosen.MediaType, chosen.Size, coming);
            }
            var pieces = await agent.Blobs.PiecesAsync(chosen, cancellation);
            // Read by whoever asked, on its own thread: each piece is fetched on the agent's.
            var content = new FormatReader(
                number => new ValueTask<ReadOnlyMemory<byte>?>(OnAgentAsync(() => pieces(number))),
                chosen.Size,
                offset
            );
            return new FormatContent(chosen.MediaType, chosen.Size, content);
        });

    public Task<CopyReport> CopyAgainAsync(CopyAgainRequest request, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var clip = await Lookup.FindReadableAsync(request.Clip, cancellation);
            if (clip.Files is { } files)
            {
                return await CopyFilesAgainAsync(clip, files, cancellation);
            }
            // It stays until what is made of it is recorded.
            using var lease = agent.Room.Lease(clip.Id);
            if (await agent.Blobs.ReadAsync(clip, cancellation) is not { } content)
            {
                throw new ControlException(ControlErrors.Storage, "The content of this copy is damaged.");
            }
            var chosen = request.Plain ? PlainOf(content) : content.Representations;
            if (await IsNewestAsync(chosen, cancellation) is not { } newest)
            {
                if (chosen.Any(format => format.Promise is { IsHere: false }))
                {
                    // A copy of this device would say that this device has it.
                    var here = new ClipContent(chosen, clip.Sensitivity);
                    await agent.Applier.AcceptAsync(clip, here, cancellation);
                    return new CopyReport(null, "offered", here.Size, 0);
                }
                return await ShareAsync(chosen, isSecret: false, cancellation, byHand: true);
            }
            // All devices have it already, but it is to be on this clipboard.
            await agent.Applier.AcceptAsync(newest, cancellation);
            return new CopyReport(null, "same", newest.Size, 0);
        });

    /// <summary>On this clipboard alone: a copy of this device would be another set of the same files.</summary>
    private async ValueTask<CopyReport> CopyFilesAgainAsync(
        Clip clip,
        FileSummary files,
        CancellationToken cancellation
    )
    {
        if (files.Sent)
        {
            throw new ControlException(
                ControlErrors.InvalidArgument,
                "Files that were sent are not copied again.",
                "They are in the folder of received files: `toss config receive-folder` says where."
            );
        }
        if (await agent.Applier.AcceptAsync(clip, cancellation) is not null)
        {
            return new CopyReport(null, "offered", clip.Size, 0);
        }
        if (await agent.Ports.Store.FindClipAsync(clip.Id, cancellation) is { State: ClipState.Offered })
        {
            // A clipboard that takes no promises.
            await agent.Applier.WantAsync(clip);
            throw new ControlException(
                ControlErrors.Busy,
                "The files are being fetched.",
                "`toss status` says how far they are. Copy them again when they are here."
            );
        }
        throw new ControlException(
            ControlErrors.Storage,
            "The files of this copy are not on this device, or there is no room for them.",
            "Copy them again where they were copied."
        );
    }

    /// <summary>The clip that holds all clipboards, if it is this to the byte.</summary>
    private async ValueTask<Clip?> IsNewestAsync(
        IReadOnlyList<ContentRepresentation> chosen,
        CancellationToken cancellation
    ) =>
        !Device.IsPaused
        && await agent.Ports.Store.NewestClaimAsync(Device.PlausibleUntil, cancellation)
            is { State: ClipState.Complete or ClipState.Offered or ClipState.Wanted, Clip: var newest }
        && newest.Size == chosen.Sum(format => format.Size)
        && !(Device.SecretClaim > newest.Stamp)
        && await agent.Blobs.ReadAsync(newest, cancellation) is { } there
        && ContentFingerprint.ExactlyOf(there.Representations) == ContentFingerprint.ExactlyOf(chosen)
            ? newest
            : null;

    public Task<StorageReport> GetStorageAsync(CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            var store = await agent.Ports.Store.MeasureAsync(cancellation);
            var blobs = await agent.Ports.Blobs.MeasureAsync(cancellation);
            var kept = agent.Settings.Retention;
            return new StorageReport(
                store.Clips,
                store.ContentBytes,
                store.FileBytes,
                blobs,
                kept.Clips,
                kept.Bytes,
                (int)kept.Age.TotalDays
            )
            {
                Pinned = store.Pinned,
                PinnedBytes = store.PinnedBytes,
                Deleted = store.Deleted,
            };
        });

    private static IReadOnlyList<ContentRepresentation> PlainOf(ClipContent content) =>
        content.Representations.FirstOrDefault(format => MediaTypes.IsText(format.MediaType)) is { } text
            ? [text]
            : throw new ControlException(ControlErrors.Empty, "This copy has no text.");
}
