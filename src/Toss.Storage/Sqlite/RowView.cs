using SQLitePCL;
using Toss.Storage.Rows;

namespace Toss.Storage.Sqlite;

/// <summary>What to do with one row of a scan; false ends it.</summary>
internal delegate bool RowVisitor(RowView row);

/// <summary>
/// One row where SQLite holds it: nothing is copied or boxed, and spans end with the row. Believes nothing, like
/// <see cref="Columns"/>.
/// </summary>
/// <param name="statement">Of whoever scans, who holds it.</param>
internal readonly ref struct RowView(nint statement)
{
    public unsafe ReadOnlySpan<byte> Blob(int column, string table) =>
        NativeColumns.TypeOf(statement, column) == raw.SQLITE_BLOB
            // In this order: to ask for the bytes first is how SQLite wants it.
            ? new ReadOnlySpan<byte>(NativeColumns.Blob(statement, column), NativeColumns.Length(statement, column))
            : throw DamagedRow.Of(table);

    /// <summary>Empty if it is null.</summary>
    public ReadOnlySpan<byte> OptionalBlob(int column, string table) =>
        NativeColumns.TypeOf(statement, column) == raw.SQLITE_NULL ? [] : Blob(column, table);

    public long Integer(int column, string table) =>
        NativeColumns.TypeOf(statement, column) == raw.SQLITE_INTEGER
            ? NativeColumns.Integer(statement, column)
            : throw DamagedRow.Of(table);
}
