using Toss.Control;
using Toss.Ui.Home;
using Toss.Ui.Shell;
using Toss.Ui.Texts;

namespace Toss.Ui.History;

/// <summary>
/// What a person does with copies of history, and what came of it in words. One order after another, and none is lost: who is faster than the
/// agent is not asked to wait.
/// </summary>
public sealed class HistoryOrders(IControl control, Words words, TimeProvider time) : IDisposable
{
    private readonly Order _order = new(words);

    /// <summary>Of the orders that were under way together.</summary>
    private readonly List<string> _failures = [];

    /// <summary>What is on its way already: a second key for it is the same order.</summary>
    private readonly Dictionary<(string Clip, bool Everywhere), Task<bool>> _deleting = [];

    /// <summary>How pins will be when everything is done.</summary>
    private readonly Dictionary<string, bool> _pins = [];
    private CancellationTokenSource? _undoing;
    private string? _said;

    /// <summary>What can be said of it is another without an order: what could be undone no longer can.</summary>
    public event Action? Overdue;

    public bool IsRunning => _order.IsRunning;

    /// <summary>Of the last orders; null if there is nothing to say of them.</summary>
    public string? Said => HasFailed ? string.Join(' ', _failures) : _said;

    public bool HasFailed => _failures.Count > 0;

    /// <summary>The last order deleted something that can be put back.</summary>
    public bool CanUndo { get; private set; }

    public void Forget()
    {
        _failures.Clear();
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

    public async Task<bool> PinAsync(HistoryEntry entry)
    {
        var isPinned = !_pins.GetValueOrDefault(entry.Id, entry.Pinned);
        _pins[entry.Id] = isPinned;
        try
        {
            return await RunAsync(async () =>
            {
                var request = new MarkRequest(entry.Id, Pinned: isPinned);
                var marked = await control.MarkClipAsync(request, CancellationToken.None);
                Say(words[marked.Pinned ? "history.pinned" : "history.unpinned"]);
            });
        }
        finally
        {
            if (!IsRunning)
            {
                _pins.Clear();
            }
        }
    }

    public Task<bool> TagAsync(HistoryEntry entry, string tag) =>
        RunAsync(() => control.MarkClipAsync(new MarkRequest(entry.Id, Add: [tag]), CancellationToken.None));

    public Task<bool> UntagAsync(HistoryEntry entry, string tag) =>
        RunAsync(() => control.MarkClipAsync(new MarkRequest(entry.Id, Remove: [tag]), CancellationToken.None));

    public Task<bool> SendAsync(HistoryEntry entry, IEnumerable<WatchedDevice> devices) =>
        RunAsync(async () =>
            Say((await SendOutcome.ToAsync(control, devices, CancellationToken.None, entry.Id)).Say(words))
        );

    public Task<bool> DeleteAsync(HistoryEntry entry, bool everywhere)
    {
        if (_deleting.TryGetValue((entry.Id, everywhere), out var same) && !same.IsCompleted)
        {
            return same;
        }
        return _deleting[(entry.Id, everywhere)] = RunAsync(async () =>
        {
            var report = await control.DeleteAsync(new DeleteRequest([entry.Id], everywhere), CancellationToken.None);
            Say(words[everywhere ? "history.deleted-everywhere" : "history.deleted"], report.UndoUntil);
        });
    }

    public Task<bool> ClearAsync() =>
        RunAsync(async () =>
        {
            var report = await control.ClearHistoryAsync(CancellationToken.None);
            Say(words["history.cleared", report.Clips], report.Clips > 0 ? report.UndoUntil : null);
        });

    public Task<bool> UndoAsync() =>
        RunAsync(async () =>
        {
            var report = await control.UndoDeleteAsync(CancellationToken.None);
            Say(words["history.restored", report.Clips]);
        });

    public void Dispose() => _undoing?.Cancel();

    private async Task<bool> RunAsync(Func<Task> act)
    {
        if (!IsRunning)
        {
            _deleting.Clear();
            Forget();
        }
        return await _order.QueueAsync(
            async () =>
            {
                Say(null);
                await act();
            },
            failure => _failures.Add(failure)
        );
    }

    private void Say(string? said, DateTimeOffset? undoUntil = null)
    {
        _undoing?.Cancel();
        _undoing = null;
        (_said, CanUndo) = (said, undoUntil is not null);
        if (undoUntil is { } until)
        {
            _undoing = new CancellationTokenSource();
            _ = ForgetAtAsync(until, _undoing.Token);
        }
    }

    /// <summary>What is said of an undoing stands no longer than it can be done.</summary>
    private async Task ForgetAtAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        try
        {
            var left = until - time.GetUtcNow();
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellation);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        Forget();
        Overdue?.Invoke();
    }
}
