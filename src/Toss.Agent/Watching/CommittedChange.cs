using Toss.Control;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent.Watching;

/// <summary>
/// What of a commit is to be told: one of these. Kinds and ids only, since it may wait: neither content nor keys are kept for it.
/// </summary>
/// <param name="Known">An event that needs no look.</param>
/// <param name="Recorded">A clip that was recorded; told as it is by then.</param>
/// <param name="Delivery">A delivery that changed; told as it is by then.</param>
internal readonly record struct CommittedChange(
    AgentEvent? Known = null,
    ClipId? Recorded = null,
    (DeviceId Peer, MessageId Message)? Delivery = null
)
{
    public static IEnumerable<CommittedChange> Of(IReadOnlyList<StoreWrite> writes) =>
        writes.Select(write => Of(writes, write)).OfType<CommittedChange>();

    private static CommittedChange? Of(IReadOnlyList<StoreWrite> writes, StoreWrite write) =>
        write switch
        {
            InsertClip { Clip.Clip.Id: var id } => new(Recorded: id),
            SetClipState state => new(new ClipStateChanged(state.Clip.ToString(), StatusWriter.Word(state.State))),
            EraseClip erased => new(new ClipErased(erased.Clip.ToString())),
            DeleteClips { Clips: { Count: 1 } one } => new(new ClipErased(one.First().ToString())),
            DeleteClips or DeleteHistory => new(new HistoryChanged("deleted")),
            RestoreClips => new(new HistoryChanged("restored")),
            MarkClip { Mark: var mark } marked => new(new ClipMarked(marked.Clip.ToString(), mark.Pinned, mark.Tags)),
            EraseHistory or EraseCircle { History: true } => new(new HistoryChanged("erased")),
            EraseDeliveries => new(new HistoryChanged("deliveries")),
            EraseDelivery erased when !IsReplaced(writes, erased) => new(new HistoryChanged("deliveries")),
            InsertDelivery { Delivery: { Clip: { } clip } row } when !IsRecorded(writes, clip) => new(
                Delivery: (row.Peer, row.Message)
            ),
            SealDelivery row => new(Delivery: (row.Peer, row.Message)),
            UnsealDelivery row => new(Delivery: (row.Peer, row.Message)),
            MarkDelivery row => new(Delivery: (row.Peer, row.Message)),
            _ => null,
        };

    private static bool IsRecorded(IReadOnlyList<StoreWrite> writes, ClipId clip) =>
        writes.Any(write => write is InsertClip { Clip.Clip.Id: var id } && id == clip);

    private static bool IsReplaced(IReadOnlyList<StoreWrite> writes, EraseDelivery erased) =>
        writes.Any(write => write is InsertDelivery { Delivery: { Clip: not null } row } && row.Peer == erased.Peer);
}
