using Toss.Control;

namespace Toss.Ui.History;

/// <summary>
/// The list that History shows: what passes the wish, newest first, as far as somebody went down it, and what events change of that.
/// The agent searches; this only asks, page by page, and renews only what is seen. Not thread-safe: the screens have one thread.
/// </summary>
public sealed class HistoryList(IControl control, TimeProvider time) : IDisposable
{
    /// <summary>More than any screen shows at once.</summary>
    public const int PageSize = 200;

    /// <summary>
    /// So many entries around what is seen are kept, the others let go: a beginning of a text may have 1,024 characters, and so all of
    /// these take 2 MB in a browser at most, however long the list is. Several pages, so that going to and fro asks for nothing.
    /// </summary>
    public const int Kept = 1000;

    /// <summary>Rows on either side of what is seen that are as good as seen: a turn of a wheel.</summary>
    private const int Near = 100;

    /// <summary>Rows before the end from which on older ones are asked for.</summary>
    private const int Ahead = 60;

    /// <summary>What one answer of the agent holds.</summary>
    private const int LargestPage = 500;

    /// <summary>After a key, whether another follows: shorter than a person notices.</summary>
    public static readonly TimeSpan Typing = TimeSpan.FromMilliseconds(100);

    private readonly HistoryRows _rows = new();
    private CancellationTokenSource? _asking;

    /// <summary>What the rows are the answer to.</summary>
    private HistoryWish? _answered;
    private Func<Task>? _failed;
    private string? _next;
    private int _seen;
    private bool _isStale;
    private bool _wantsMore;

    public event Action? Changed;

    public HistoryWish Wish { get; private set; } = HistoryWish.All;

    /// <summary>As far as somebody went. The same collection all the time.</summary>
    public List<HistoryRow> Rows => _rows.All;

    /// <summary>There are older ones, which <see cref="MoreAsync"/> brings.</summary>
    public bool HasMore => _next is not null;

    public bool IsAsking => _asking is not null;

    /// <summary>There was one, to this wish or an earlier one: what is shown stays until the next comes.</summary>
    public bool HasAnswer => _answered is not null;

    /// <summary>Why there is no answer to what was wished, one of <see cref="ControlErrors"/>; null if there is one.</summary>
    public string? FailureCode { get; private set; }

    /// <summary>Why a part of it is not there, or not as it is now, and the rest stands; null if all is well.</summary>
    public string? PartFailureCode { get; private set; }

    /// <summary>This one is never let go: it is shown beside the list.</summary>
    public string? Held { get; set; }

    /// <summary>Where it is in the list; -1 if it is not.</summary>
    public int IndexOf(string? id) => _rows.IndexOf(id);

    /// <summary>Null if it is not in the list, or was let go.</summary>
    public HistoryEntry? Find(string? id) => _rows.Find(id);

    /// <summary>The first page of what passes it.</summary>
    /// <param name="isTyped">Another key may follow, whose question overtakes this one.</param>
    public Task AskAsync(HistoryWish wish, bool isTyped = false)
    {
        (Wish, _wantsMore, _seen) = (wish, false, 0);
        return AskFirstAsync(isTyped ? Typing : TimeSpan.Zero);
    }

    /// <summary>What is seen, once more; the rest when somebody comes by.</summary>
    public Task AskAgainAsync() =>
        _answered == Wish && FailureCode is null ? RenewAsync() : AskFirstAsync(TimeSpan.Zero);

    /// <summary>What failed last, of all of it or a part.</summary>
    public Task TryAgainAsync() => _failed?.Invoke() ?? AskAgainAsync();

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
        await RunPartAsync(
            MoreAsync,
            async cancellation =>
            {
                var page = await GetAsync(PageSize, next, cancellation);
                _rows.Append(next, page.Entries);
                _next = page.Next;
                KeepSeen();
            }
        );
    }

    /// <summary>Somebody is there: what was let go is asked for, and what follows if it is near the end.</summary>
    public void See(int place)
    {
        if (_answered != Wish || place < 0 || place >= Rows.Count)
        {
            return;
        }
        _seen = place;
        if (PartFailureCode is not null || IsAsking)
        {
            // Asked again by whoever reads why; and a row is drawn again after an answer, and sees again then.
            return;
        }
        if (Rows[place].Entry is null)
        {
            _ = BringAsync(place);
        }
        else if (place >= Rows.Count - Ahead && HasMore)
        {
            _ = MoreAsync();
        }
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
                _rows.Remove(erased.Id);
                break;
            case ClipMarked marked:
                _rows.Change(marked.Id, entry => entry with { Pinned = marked.Pinned, Tags = marked.Tags });
                if (IndexOf(marked.Id) < 0 || !Wish.IsAll)
                {
                    Renew();
                    return;
                }
                break;
            case ClipStateChanged changed:
                _rows.Change(changed.Id, entry => entry with { State = changed.State });
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

    private async Task AskFirstAsync(TimeSpan delay)
    {
        _isStale = false;
        await RunAsync(
            async cancellation =>
            {
                if (delay > TimeSpan.Zero)
                {
                    await Task.Delay(delay, time, cancellation);
                }
                var page = await GetAsync(PageSize, null, cancellation);
                _rows.Clear();
                _ = _rows.Splice(null, [page]);
                (_next, _answered) = (page.Next, Wish);
            },
            failure => (FailureCode, PartFailureCode, _failed) = (failure, null, () => AskFirstAsync(TimeSpan.Zero))
        );
        await AfterAnswerAsync();
    }

    /// <summary>What is seen, and the one that is shown beside the list wherever that is.</summary>
    private async Task RenewAsync()
    {
        _isStale = false;
        await RunPartAsync(
            RenewAsync,
            async cancellation =>
            {
                var (first, before, _) = _rows.PageOf(Math.Clamp(_seen - Near, 0, Math.Max(0, Rows.Count - 1)));
                var needed = Math.Max(PageSize, Math.Min(Rows.Count, _seen + Near) - first);
                var (pages, next) = (new List<HistoryPage>(), before);
                do
                {
                    var page = await GetAsync(Math.Min(LargestPage, needed), next, cancellation);
                    pages.Add(page);
                    next = page.Next;
                    needed -= page.Entries.Count;
                } while (next is not null && needed > 0);
                Take(before, pages);
                var last = pages.Sum(page => page.Entries.Count) - 1;
                if (last >= 0)
                {
                    first = IndexOf(pages[0].Entries[0].Id);
                    last += first;
                }
                _rows.KeepOnly(first, last, Held);
                await LookAtHeldAsync(first, last, cancellation);
            }
        );
    }

    private async Task LookAtHeldAsync(int first, int last, CancellationToken cancellation)
    {
        if (Held is not { } held || IndexOf(held) is not (>= 0 and var at) || (at >= first && at <= last))
        {
            return;
        }
        try
        {
            var clip = await control.GetClipAsync(held, cancellation);
            cancellation.ThrowIfCancellationRequested();
            _rows.Change(held, _ => clip.Entry);
        }
        catch (ControlException failure) when (failure.Code == ControlErrors.NoSuchClip)
        {
            _rows.Remove(held);
        }
    }

    /// <summary>The page of a row that was let go.</summary>
    private async Task BringAsync(int place)
    {
        await RunPartAsync(
            () => BringAsync(Math.Min(_seen, Rows.Count - 1)),
            async cancellation =>
            {
                var (_, before, count) = _rows.PageOf(place);
                var page = await GetAsync(Math.Min(LargestPage, count), before, cancellation);
                Take(before, [page]);
                KeepSeen();
            }
        );
    }

    private void Take(string? before, IReadOnlyList<HistoryPage> pages)
    {
        if (_rows.Splice(before, pages))
        {
            _next = pages[^1].Next;
        }
    }

    private void KeepSeen() => _rows.KeepOnly(_seen - Kept / 2, _seen + Kept / 2, Held);

    private async Task<HistoryPage> GetAsync(int limit, string? before, CancellationToken cancellation)
    {
        var page = await control.GetHistoryAsync(Wish.ToRequest(limit, before, time), cancellation);
        cancellation.ThrowIfCancellationRequested();
        return page.Entries.Count > 0 ? page : page with { Next = null };
    }

    private async Task AfterAnswerAsync()
    {
        if (IsAsking || FailureCode is not null || PartFailureCode is not null)
        {
            return;
        }
        if (_isStale)
        {
            await AskAgainAsync();
        }
        else if (_wantsMore)
        {
            _wantsMore = false;
            await MoreAsync();
        }
    }

    /// <summary>A question whose failure leaves everything else as it is.</summary>
    private async Task RunPartAsync(Func<Task> again, Func<CancellationToken, Task> ask)
    {
        await RunAsync(ask, failure => (PartFailureCode, _failed) = (failure, again));
        await AfterAnswerAsync();
    }

    /// <summary>One question at a time: a later one ends an earlier one.</summary>
    private async Task RunAsync(Func<CancellationToken, Task> ask, Action<string> fail)
    {
        _asking?.Cancel();
        using var asking = new CancellationTokenSource();
        _asking = asking;
        Changed?.Invoke();
        try
        {
            await ask(asking.Token);
            (FailureCode, PartFailureCode, _failed) = (null, null, null);
        }
        catch (ControlException failure) when (!asking.IsCancellationRequested)
        {
            fail(failure.Code);
        }
        catch (Exception overtaken)
            when (overtaken is OperationCanceledException or ControlException && asking.IsCancellationRequested)
        {
            return;
        }
        _asking = null;
        Changed?.Invoke();
    }

    private void Insert(HistoryEntry entry)
    {
        if (_rows.Insert(entry, !HasMore) && entry.HoldsClipboard)
        {
            SetCurrent(entry.Id);
        }
    }

    private void Rename(WatchedDevice device) =>
        _rows.ChangeAll(
            entry => entry.Origin.Id == device.Id && entry.Origin.Name != device.Name,
            entry => entry with { Origin = new HistoryOrigin(device.Id, device.Name) }
        );

    private void SetCurrent(string? id) =>
        _rows.ChangeAll(
            entry => entry.HoldsClipboard != (entry.Id == id),
            entry => entry with { HoldsClipboard = !entry.HoldsClipboard }
        );
}
