using Toss.Control;
using Toss.Ui.Home;
using Toss.Ui.Shell;
using Toss.Ui.Texts;

namespace Toss.Ui.History;

/// <summary>What a person does with copies of history, one order at a time, and what came of it in words.</summary>
public sealed class HistoryOrders(IControl control, Words words)
{
    private readonly Order _order = new(words);
    private string? _said;

    public bool IsRunning => _order.IsRunning;

    /// <summary>Of the last order; null if there is nothing to say of it.</summary>
    public string? Said => _order.Failure ?? _said;

    public bool HasFailed => _order.Failure is not null;

    /// <summary>The last order deleted something that can be put back.</summary>
    public bool CanUndo { get; private set; }

    public void Forget()
    {
        _order.Forget();
        Say(null);
    }

    public Task<bool> CopyAsync(HistoryEntry entry, bool plain) =>
        RunAsync(async () =>
        {
            var report = await control.CopyAgainAsync(new CopyAgainRequest(entry.Id, plain), CancellationToken.None);
            Say(
                words[
                    report.Reason == "offered" ? "history.copied-offered"
                    : plain ? "history.copied-plain"
                    : "history.copied"
                ]
            );
        });

    public Task<bool> PinAsync(HistoryEntry entry) =>
        RunAsync(async () =>
        {
            var request = new MarkRequest(entry.Id, Pinned: !entry.Pinned);
            var marked = await control.MarkClipAsync(request, CancellationToken.None);
            Say(words[marked.Pinned ? "history.pinned" : "history.unpinned"]);
        });

    public Task<bool> TagAsync(HistoryEntry entry, string tag) =>
        RunAsync(() => control.MarkClipAsync(new MarkRequest(entry.Id, Add: [tag]), CancellationToken.None));

    public Task<bool> UntagAsync(HistoryEntry entry, string tag) =>
        RunAsync(() => control.MarkClipAsync(new MarkRequest(entry.Id, Remove: [tag]), CancellationToken.None));

    public Task<bool> SendAsync(HistoryEntry entry, IEnumerable<WatchedDevice> devices) =>
        RunAsync(async () =>
            Say((await SendOutcome.ToAsync(control, devices, CancellationToken.None, entry.Id)).Say(words))
        );

    public Task<bool> DeleteAsync(HistoryEntry entry, bool everywhere) =>
        RunAsync(async () =>
        {
            var report = await control.DeleteAsync(new DeleteRequest([entry.Id], everywhere), CancellationToken.None);
            Say(words[everywhere ? "history.deleted-everywhere" : "history.deleted"], report.UndoUntil is not null);
        });

    public Task<bool> ClearAsync() =>
        RunAsync(async () =>
        {
            var report = await control.ClearHistoryAsync(CancellationToken.None);
            Say(words["history.cleared", report.Clips], report.UndoUntil is not null && report.Clips > 0);
        });

    public Task<bool> UndoAsync() =>
        RunAsync(async () =>
        {
            var report = await control.UndoDeleteAsync(CancellationToken.None);
            Say(words["history.restored", report.Clips]);
        });

    private void Say(string? said, bool canUndo = false) => (_said, CanUndo) = (said, canUndo);

    private async Task<bool> RunAsync(Func<Task> act) =>
        await _order.RunAsync(async () =>
        {
            Say(null);
            await act();
        });
}
