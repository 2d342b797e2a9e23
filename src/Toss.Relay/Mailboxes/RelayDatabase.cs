using Microsoft.Data.Sqlite;

namespace Toss.Relay.Mailboxes;

/// <summary>Opens the relay's database, and brings an older one up to date, one numbered step after the other.</summary>
internal static class RelayDatabase
{
    public const string FileName = "relay.db";

    /// <summary>Step n leads from user_version n to n + 1. Steps are only ever added.</summary>
    private static readonly string[] Migrations =
    [
        """
            CREATE TABLE mailbox(
              number INTEGER PRIMARY KEY,
              id BLOB NOT NULL UNIQUE,
              last_sequence INTEGER NOT NULL DEFAULT 0,
              seen_ms INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE allowed(
              owner INTEGER NOT NULL REFERENCES mailbox(number) ON DELETE CASCADE,
              position INTEGER NOT NULL,
              visitor BLOB NOT NULL,
              PRIMARY KEY(owner, visitor)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE envelope(
              number INTEGER PRIMARY KEY,
              owner INTEGER NOT NULL REFERENCES mailbox(number) ON DELETE CASCADE,
              sequence INTEGER NOT NULL,
              sender BLOB NOT NULL,
              expires_ms INTEGER NOT NULL,
              size INTEGER NOT NULL,
              body BLOB NOT NULL,
              UNIQUE(owner, sequence)
            ) STRICT;
            CREATE INDEX envelope_use ON envelope(owner, sender, size, expires_ms);
            CREATE INDEX envelope_expiry ON envelope(expires_ms);
            """,
        "ALTER TABLE allowed ADD COLUMN deliver_only INTEGER NOT NULL DEFAULT 0",
    ];

    public static int Version => Migrations.Length;

    public static SqliteConnection OpenWriter(string path)
    {
        var database = Open(path);
        try
        {
            // FULL: a commit in WAL mode returns after fsync, so Accepted survives a power cut.
            Execute(database, "PRAGMA journal_mode = WAL");
            Execute(database, "PRAGMA synchronous = FULL");
            Execute(database, "PRAGMA foreign_keys = ON");
            Execute(database, "PRAGMA wal_autocheckpoint = 1000");
            Migrate(database);
            return database;
        }
        catch (SqliteException exception)
        {
            database.Dispose();
            throw new RelayStorageException(FailureOf(exception), exception);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public static SqliteConnection OpenReader(string path)
    {
        var database = Open(path);
        Execute(database, "PRAGMA query_only = ON");
        return database;
    }

    public static long Scalar(SqliteConnection database, string sql)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection database, string sql)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static SqliteConnection Open(string path)
    {
        var database = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                // Two connections that live as long as the process: a pool would only keep deleted files open.
                Pooling = false,
                DefaultTimeout = 5,
            }.ToString()
        );
        try
        {
            database.Open();
            return database;
        }
        catch (SqliteException exception)
        {
            database.Dispose();
            throw new RelayStorageException(FailureOf(exception), exception);
        }
    }

    private static void Migrate(SqliteConnection database)
    {
        var version = Scalar(database, "PRAGMA user_version");
        if (version > Migrations.Length)
        {
            throw new RelayStorageException(RelayStorageFailure.TooNew);
        }
        for (; version < Migrations.Length; version++)
        {
            using var transaction = database.BeginTransaction(deferred: false);
            Execute(database, Migrations[version]);
            Execute(database, $"PRAGMA user_version = {version + 1}");
            FaultPoint.Before("Relay.Migrate");
            transaction.Commit();
            FaultPoint.After("Relay.Migrate");
        }
    }

    private static RelayStorageFailure FailureOf(SqliteException exception) =>
        exception.SqliteErrorCode switch
        {
            SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_CORRUPT => RelayStorageFailure.Damaged,
            SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => RelayStorageFailure.InUse,
            _ => RelayStorageFailure.Unavailable,
        };
}
