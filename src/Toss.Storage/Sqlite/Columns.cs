using Microsoft.Data.Sqlite;
using Toss.Storage.Rows;

namespace Toss.Storage.Sqlite;

/// <summary>Reads columns and believes nothing: on a damaged page a column may have any type.</summary>
internal static class Columns
{
    public static byte[] Blob(this SqliteDataReader row, int column, string table) =>
        row.GetValue(column) as byte[] ?? throw DamagedRow.Of(table);

    public static byte[]? OptionalBlob(this SqliteDataReader row, int column, string table) =>
        row.IsDBNull(column) ? null : row.Blob(column, table);

    public static long Integer(this SqliteDataReader row, int column, string table) =>
        row.GetValue(column) is long value ? value : throw DamagedRow.Of(table);

    public static long? OptionalInteger(this SqliteDataReader row, int column, string table) =>
        row.IsDBNull(column) ? null : row.Integer(column, table);
}
