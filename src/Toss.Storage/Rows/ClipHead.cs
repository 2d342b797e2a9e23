using Toss.Core.Clips;
using Toss.Storage.Sqlite;
using Toss.Wire;

namespace Toss.Storage.Rows;

/// <summary>The clear columns of a clip that are authenticated with its record, and its state. A row's first six.</summary>
internal readonly record struct ClipHead(
    long Milliseconds,
    long Counter,
    long Claim,
    long ReceivedMs,
    long Size,
    long State
)
{
    /// <summary>Of a row's identity: the id behind its length, and five columns.</summary>
    public const int IdentitySize = 1 + ClipId.Size + 5 * sizeof(long);

    private const string Table = "clip";

    public static ClipHead Read(RowView row) =>
        new(
            row.Integer(0, Table),
            row.Integer(1, Table),
            row.Integer(2, Table),
            row.Integer(3, Table),
            row.Integer(4, Table),
            row.Integer(5, Table)
        );

    public ReadOnlySpan<byte> Identity(Span<byte> buffer, ReadOnlySpan<byte> id) =>
        RowSeal.Row(buffer, id, Milliseconds, Counter, Claim, ReceivedMs, Size);

    public bool IsAsNewAs(ClipStamp stamp) => (Milliseconds, Counter) == (stamp.UnixMilliseconds, stamp.Counter);
}
