using Toss.Control;

namespace Toss.Ui.History;

/// <summary>
/// The list that History shows: what passes the wish, newest first, as far as somebody went down it, and what events change of that.
/// The agent searches; this only asks, page by page. Not thread-safe: the screens have one thread.
/// </summary>
public sealed class HistoryList(IControl control, TimeProvider time) : IDisposable
{
    /// <summary>More than any screen shows at once.</summary>
    public const int PageSize = 200;

    /// <summary>What one answer of the agent holds.</summary>
    private const int LargestPage = 500;

    /// <summary>After a key, whether another follows: shorter than a person notices.</summary>
    public static readonly TimeSpan Typing = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<string, int> _places = [];
    private List<HistoryEntry> _entries = [];
    private CancellationTokenSource? _asking;
    private string? _next;
    private bool _isStale;
    private bool _wantsMore;

    public event Action? Changed;

    public HistoryWish Wish { get; private set; } = HistoryWish.All;

    /// <summary>Those that are loaded. The same collection until another answer comes.</summary>
    public List<HistoryEntry> Entries => _entries;

    /// <summary>There are older ones, which <see cref="MoreAsync"/> brings.</summary>
    public bool HasMore => _next is not null;

    public bool IsAsking => _asking is not null;

    /// <summary>There was one, to this wish or an earlier one: what is shown stays until the next comes.</summary>
    public bool HasAnswer { get; private set; }

    /// <summary>Why the last question has no answer, one of <see cref="ControlErrors"/>; null if it has one.</summary>
    public string? FailureCode { get; private set; }

    /// <summary>Where it is in the list; -1 if it is not.</summary>
    public int IndexOf(string? id) => id is null ? -1 : _places.GetValueOrDefault(id, -1);

    /// <summary>The first page of what passes it.</summary>
    /// <param name="isTyped">Another key may follow, whose question overtakes this one.</param>
    public Task AskAsync(HistoryWish wish, bool isTyped = false)
    {
        (Wish, _wantsMore) = (wish, false);
        return AskAsync(PageSize, isTyped ? Typing : TimeSpan.Zero);
    }

    /// <summary>The same question once more, down to where it was shown.</summary>
    public Task AskAgainAsync() => AskAsync(Math.Max(PageSize, _entries.Count), TimeSpan.Zero);

    /// <summary>The next older ones.</summary>
    public async Task MoreAsync()
    {
        if (IsAsking)
        {
            // Nobody comes to the end of it a second time to ask.
            _wantsMore = true;
            return;
        }
        if (_next is not { } next)
        {
            return;
        }
        await RunAsync(async cancellation =>
        {
            var page = await control.GetHistoryAsync(Wish.ToRequest(PageSize, next, time), cancellation);
            Take([.. _entries, .. page.Entries.Where(entry => IndexOf(entry.Id) < 0)], page.Next);
        });
        await AfterStaleAsync();
    }

    /// <summary>What happened: to an entry that is shown at once, to anything else by asking again.</summary>
    public void Hear(AgentEvent told)
    {
        switch (told)
        {
            case ClipRecorded recorded when Wish.IsAll && HasAnswer:
                Insert(recorded.Clip);
                break;
            case HistoryChanged { Reason: "deliveries" }:
                // Where copies went is not in the list.
                return;
            case ClipRecorded or HistoryChanged or AgentSnapshot:
                Renew();
                return;
            case ClipErased erased:
                Remove(erased.Id);
                break;
            case ClipMarked marked when IndexOf(marked.Id) < 0 || !Wish.IsAll:
                Change(marked.Id, entry => entry with { Pinned = marked.Pinned, Tags = marked.Tags });
                Renew();
                return;
            case ClipMarked marked:
                Change(marked.Id, entry => entry with { Pinned = marked.Pinned, Tags = marked.Tags });
                break;
            case ClipStateChanged changed:
                Change(changed.Id, entry => entry with { State = changed.State });
                break;
            case CurrentChanged changed:
                SetCurrent(changed.Clip?.Id);
                break;
            case DeviceChanged changed:
                Rename(changed.Device);
                break;
            default:
                return;
        }
        // An answer that is on its way may be older than this.
        _isStale |= IsAsking;
        Changed?.Invoke();
    }

    public void Dispose() => _asking?.Cancel();

    private void Renew()
    {
        if (IsAsking)
        {
            _isStale = true;
            return;
        }
        _ = AskAgainAsync();
    }

    private async Task AskAsync(int count, TimeSpan delay)
    {
        _isStale = false;
        await RunAsync(async cancellation =>
        {
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, time, cancellation);
            }
            var (entries, next) = (new List<HistoryEntry>(), (string?)null);
            do
            {
                var limit = Math.Min(LargestPage, count - entries.Count);
                var page = await control.GetHistoryAsync(Wish.ToRequest(limit, next, time), cancellation);
                entries.AddRange(page.Entries);
                next = page.Entries.Count > 0 ? page.Next : null;
            } while (next is not null && entries.Count < count);
            Take(entries, next);
        });
        await AfterStaleAsync();
    }

    private async Task AfterStaleAsync()
    {
        if (_isStale && !IsAsking && FailureCode is null)
        {
            await AskAgainAsync();
        }
        else if (_wantsMore && !IsAsking && FailureCode is null)
        {
            _wantsMore = false;
            await MoreAsync();
        }
    }

    /// <summary>One question at a time: a later one ends an earlier one.</summary>
    private async Task RunAsync(Func<CancellationToken, Task> ask)
    {
        _asking?.Cancel();
        using var asking = new CancellationTokenSource();
        _asking = asking;
        Changed?.Invoke();
        try
        {
            await ask(asking.Token);
            FailureCode = null;
        }
        catch (ControlException failure) when (!asking.IsCancellationRequested)
        {
            FailureCode = failure.Code;
        }
        catch (Exception overtaken)
            when (overtaken is OperationCanceledException or ControlException && asking.IsCancellationRequested)
        {
            return;
        }
        _asking = null;
        Changed?.Invoke();
    }

    private void Take(List<HistoryEntry> entries, string? next)
    {
        _entries = entries;
        _next = next;
        HasAnswer = true;
        Place();
    }

    private void Insert(HistoryEntry entry)
    {
        _ = _entries.RemoveAll(other => other.Id == entry.Id);
        var at = _entries.FindIndex(other => other.At <= entry.At);
        if (at < 0 && HasMore)
        {
            // Further down than anybody looked.
            Place();
            return;
        }
        _entries.Insert(at < 0 ? _entries.Count : at, entry);
        if (entry.HoldsClipboard)
        {
            SetCurrent(entry.Id);
        }
        Place();
    }

    private void Remove(string id)
    {
        _ = _entries.RemoveAll(entry => entry.Id == id);
        Place();
    }

    private void Change(string id, Func<HistoryEntry, HistoryEntry> change)
    {
        if (IndexOf(id) is >= 0 and var at)
        {
            _entries[at] = change(_entries[at]);
        }
    }

    private void Rename(WatchedDevice device)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Origin.Id == device.Id && _entries[i].Origin.Name != device.Name)
            {
                _entries[i] = _entries[i] with { Origin = new HistoryOrigin(device.Id, device.Name) };
            }
        }
    }

    private void SetCurrent(string? id)
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].HoldsClipboard != (_entries[i].Id == id))
            {
                _entries[i] = _entries[i] with { HoldsClipboard = !_entries[i].HoldsClipboard };
            }
        }
    }

    private void Place()
    {
        _places.Clear();
        for (var i = 0; i < _entries.Count; i++)
        {
            _places[_entries[i].Id] = i;
        }
    }
}
