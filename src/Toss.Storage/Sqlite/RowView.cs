using SQLitePCL;
using Toss.Storage.Rows;

namespace Toss.Storage.Sqlite;

/// <summary>What to do with one row of a scan; false ends it.</summary>
internal delegate bool RowVisitor(RowView row);

/// <summary>
/// One row where SQLite holds it: nothing is copied or boxed, and spans end with the row. Believes nothing, like
/// <see cref="Columns"/>.
/// </summary>
internal readonly ref struct RowView(sqlite3_stmt statement)
{
    public ReadOnlySpan<byte> Blob(int column, string table) =>
        raw.sqlite3_column_type(statement, column) == raw.SQLITE_BLOB
            ? raw.sqlite3_column_blob(statement, column)
            : throw DamagedRow.Of(table);

    /// <summary>Empty if it is null.</summary>
    public ReadOnlySpan<byte> OptionalBlob(int column, string table) =>
        raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL ? [] : Blob(column, table);

    public long Integer(int column, string table) =>
        raw.sqlite3_column_type(statement, column) == raw.SQLITE_INTEGER
            ? raw.sqlite3_column_int64(statement, column)
            : throw DamagedRow.Of(table);
}
