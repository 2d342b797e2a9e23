using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Storage.Rows;

namespace Toss.Storage;

/// <content>What a search looks through.</content>
internal sealed partial class ClipStore
{
    /// <summary>What a search looks through, in the order in which it was stored.</summary>
    public PreviewPage Previews(long after, int limit)
    {
        var page = new PreviewPage(limit, after == 0 ? (int)database.Number("SELECT count(*) FROM clip") : 0);
        using var buffer = new RecordBuffer();
        var kinds = new KindReader();
        var (last, rows) = (after, 0);
        try
        {
            database.Scan(
                Select + "WHERE number > $1 ORDER BY number LIMIT $2",
                row =>
                {
                    (last, rows) = (row.Integer(NumberColumn, Table), rows + 1);
                    var head = ClipHead.Read(row);
                    if (
                        TryOpen(row, head, buffer, out var id, out var record)
                        && ClipRecord.TryReadPreview(record, out var seen)
                    )
                    {
                        var stamp = new ClipStamp(head.Milliseconds, unchecked((ushort)head.Counter), seen.Origin);
                        page.Add(id, stamp, kinds.Of(seen), MarkOf(row), seen.Text.Span);
                    }
                    else
                    {
                        _damaged++;
                    }
                    return true;
                },
                after,
                (long)limit
            );
        }
        catch
        {
            // What was opened before the damage does not stay behind.
            page.Dispose();
            throw;
        }
        page.End(last, rows < limit);
        return page;
    }
}
