using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Toss.Storage.Sqlite;

/// <summary>
/// One SQLite connection and its prepared statements. Parameters are `$1`, `$2`, … in the order given. Not thread-safe.
/// </summary>
internal sealed class Database : IDisposable
{
    /// <summary>How long another process may hold the file while it ends; after that it is busy.</summary>
    private const int BusySeconds = 2;

    private const long IncrementalVacuum = 2;

    /// <summary>Of 4 KiB: a mebibyte.</summary>
    private const int PagesAtATime = 256;

    /// <summary>Free ones that stay: a file that shrinks and grows with each copy wears the disk for nothing.</summary>
    private const int KeptPages = 256;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _statements = [];
    private readonly Action<string>? _prepared;

    static Database() => Batteries_V2.Init();

    /// <param name="source">A path, `:memory:`, or a `file:` URI.</param>
    /// <param name="prepared">Sees each statement when it is prepared: a test asks SQLite how it would run it.</param>
    public Database(string source, Action<string>? prepared = null)
    {
        _prepared = prepared;
        _connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = source,
                Pooling = false,
                DefaultTimeout = BusySeconds,
                ForeignKeys = true,
            }.ConnectionString
        );
        try
        {
            _connection.Open();
            // Before the first page is written, and only then: a database made without it keeps its free pages for what comes, and
            // one of a later version is not touched.
            if (Number("PRAGMA page_count") == 0)
            {
                Execute("PRAGMA auto_vacuum = INCREMENTAL");
            }
            // One process only: the lock is held until the end, and the WAL index needs no shared memory file.
            Execute("PRAGMA locking_mode = EXCLUSIVE");
            Execute("PRAGMA journal_mode = WAL");
            Execute("PRAGMA synchronous = FULL");
            // Without it fsync(2) of macOS leaves what was written in the disk's own memory. Elsewhere it means nothing.
            Execute("PRAGMA fullfsync = ON");
            Execute("PRAGMA secure_delete = ON");
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public bool InTransaction => raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <summary>Runs a statement to its end; the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteNonQuery();

    /// <summary>Several statements without parameters, prepared once and forgotten.</summary>
    public void Script(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public long Number(string sql, params ReadOnlySpan<object?> values) =>
        Bind(sql, values).ExecuteScalar() is long number ? number : 0;

    /// <summary>The first row, or null.</summary>
    public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
        where T : class
    {
        using var reader = Bind(sql, values).ExecuteReader();
        return reader.Read() ? read(reader) : null;
    }

    public List<T> All<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        var rows = new List<T>();
        using var reader = Bind(sql, values).ExecuteReader();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    /// <summary>Rows in turn, until <paramref name="row"/> says false. For scans of many rows: it costs no allocation.</summary>
    public void Scan(string sql, RowVisitor row, params ReadOnlySpan<object> values)
    {
        _prepared?.Invoke(sql);
        Check(raw.sqlite3_prepare_v2(_connection.Handle, sql, out var statement));
        using (statement)
        {
            for (var i = 0; i < values.Length; i++)
            {
                Check(
                    values[i] switch
                    {
                        byte[] blob => raw.sqlite3_bind_blob(statement, i + 1, blob),
                        long number => raw.sqlite3_bind_int64(statement, i + 1, number),
                        _ => throw new ArgumentException("Only blobs and integers.", nameof(values)),
                    }
                );
            }
            int result;
            var view = new RowView(statement.DangerousGetHandle());
            while ((result = raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
            {
                if (!row(view))
                {
                    return;
                }
            }
            Check(result);
        }
    }

    /// <summary>All or nothing: rolls back if <paramref name="work"/> says false or throws.</summary>
    public bool Transaction(Func<bool> work)
    {
        Execute("BEGIN IMMEDIATE");
        var committed = false;
        try
        {
            if (work())
            {
                Execute("COMMIT");
                committed = true;
            }
            return committed;
        }
        finally
        {
            if (!committed)
            {
                Rollback();
            }
        }
    }

    /// <summary>
    /// Moves the log into the database and truncates it, so that what was erased is in neither. What cannot be done now
    /// is done by the next one: the commit before it stands in any case.
    /// </summary>
    public void Checkpoint()
    {
        try
        {
            FaultPoint.Before("Store.Checkpoint");
            Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            FaultPoint.After("Store.Checkpoint");
        }
        catch (SqliteException) { }
    }

    /// <summary>
    /// Gives free pages at the end of the file back, a mebibyte at a time, so that whoever waits for the store waits for
    /// no more; true if there are more. Some stay, for what comes next.
    /// </summary>
    public bool Compact()
    {
        if (Number("PRAGMA auto_vacuum") != IncrementalVacuum || Number("PRAGMA freelist_count") <= KeptPages)
        {
            return false;
        }
        FaultPoint.Before("Store.Compact");
        // A page a step: it is not done before its last row.
        Scan($"PRAGMA incremental_vacuum({PagesAtATime})", static _ => true);
        FaultPoint.After("Store.Compact");
        Checkpoint();
        return Number("PRAGMA freelist_count") > KeptPages;
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }
        _connection.Dispose();
    }

    private void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_DONE))
        {
            SqliteException.ThrowExceptionForRC(result, _connection.Handle);
        }
    }

    private void Rollback()
    {
        try
        {
            // SQLite has rolled back by itself after some failures (full disk, I/O).
            if (InTransaction)
            {
                Execute("ROLLBACK");
            }
        }
        catch (SqliteException) { }
    }

    private SqliteCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _prepared?.Invoke(sql);
            statement = _connection.CreateCommand();
            statement.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                statement.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
            }
            _statements.Add(sql, statement);
        }
        for (var i = 0; i < values.Length; i++)
        {
            statement.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
        return statement;
    }
}
