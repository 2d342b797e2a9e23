using Microsoft.Data.Sqlite;
using Toss.Testing.Platform;

namespace Toss.Tests.Real.Kills;

/// <summary>
/// Sealed columns of a device's database as it lies on the disk, over its whole life: a nonce that came twice in one column
/// with another record is a key and nonce used twice.
/// </summary>
internal sealed class StoredNonces
{
    // A record: version 1, 12 bytes of nonce, ciphertext, tag (docs/protocol/storage.md).
    private const int NonceAt = 1;
    private const int NonceLength = 12;

    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    public int Count => _seen.Count;

    public string? Problem { get; private set; }

    /// <summary>Looks at what a process that is gone left; at a copy, so that the device itself recovers its log.</summary>
    public void Look(string database)
    {
        if (!File.Exists(database))
        {
            return;
        }
        using var folder = new TemporaryFolder();
        foreach (var ending in new[] { "", "-wal" })
        {
            if (File.Exists(database + ending))
            {
                File.Copy(database + ending, folder["toss.db"] + ending);
            }
        }
        var source = new SqliteConnectionStringBuilder { DataSource = folder["toss.db"], Pooling = false };
        using var connection = new SqliteConnection(source.ConnectionString);
        connection.Open();
        foreach (var (table, column) in SealedColumns(connection))
        {
            // The tag, at the end, differs whenever the record does.
            foreach (
                var row in Read(
                    connection,
                    $"SELECT hex(substr({column}, {NonceAt + 1}, {NonceLength})), hex(substr({column}, -16)) "
                        + $"FROM {table} WHERE {column} IS NOT NULL"
                )
            )
            {
                var use = $"{table}.{column}.{row[0]}";
                if (!_seen.TryAdd(use, row[1]) && _seen[use] != row[1])
                {
                    Problem ??= $"Two records of {table}.{column} under one nonce.";
                }
            }
        }
    }

    private static List<(string Table, string Column)> SealedColumns(SqliteConnection connection) =>
        [
            .. Read(
                    connection,
                    """
                    SELECT schema.name, info.name FROM sqlite_schema AS schema, pragma_table_info(schema.name) AS info
                    WHERE schema.type = 'table' AND info.name IN ('sealed', 'status', 'envelope')
                    """
                )
                .Select(row => (row[0], row[1])),
        ];

    private static List<string[]> Read(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        var read = new List<string[]>();
        while (rows.Read())
        {
            read.Add([rows.GetString(0), rows.GetString(1)]);
        }
        return read;
    }
}
