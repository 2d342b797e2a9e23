using Microsoft.Data.Sqlite;
using Toss.Wire;

namespace Toss.Relay.Mailboxes;

/// <summary>
/// Mailboxes in SQLite: WAL, synchronous=FULL, one writer with group commit (<see cref="CommitWriter"/>), one reader.
/// Envelopes are at most 128 KiB, below the size from which files are faster.
/// </summary>
public sealed class SqliteMailboxStore : IMailboxStore
{
    /// <summary>That a mailbox is in use is written down once a day, not with each login.</summary>
    private static readonly TimeSpan SeenPrecision = TimeSpan.FromDays(1);

    private readonly RelayQuotas _quotas;
    private readonly CommitWriter _writer;
    private readonly SqliteConnection _reader;
    private readonly Lock _readGate = new();

    private SqliteMailboxStore(RelayQuotas quotas, CommitWriter writer, SqliteConnection reader)
    {
        _quotas = quotas;
        _writer = writer;
        _reader = reader;
    }

    /// <summary>Opens, or makes, the database in a directory. Throws <see cref="RelayStorageException"/>.</summary>
    public static SqliteMailboxStore Open(string directory, RelayQuotas quotas)
    {
        var path = Path.Combine(directory, RelayDatabase.FileName);
        var writer = RelayDatabase.OpenWriter(path);
        SqliteConnection reader;
        try
        {
            reader = RelayDatabase.OpenReader(path);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
        return new SqliteMailboxStore(quotas, new CommitWriter(writer), reader);
    }

    public async ValueTask<IReadOnlyList<MailboxId>> OpenAsync(MailboxId owner, DateTimeOffset now)
    {
        var (seen, allowed) = Read(database =>
        {
            var mailbox = FindMailbox(database, owner);
            return (mailbox?.Seen, mailbox is { } found ? ReadAllowed(database, found.Number, deliverOnly: false) : []);
        });
        if (seen is { } last && now - last >= SeenPrecision)
        {
            try
            {
                await _writer.RunAsync(
                    RelayStep.MarkUsed,
                    database =>
                        Execute(
                            database,
                            "UPDATE mailbox SET seen_ms = $now WHERE id = $id",
                            ("$now", Ms(now)),
                            ("$id", owner.ToBytes())
                        )
                );
            }
            catch (RelayStorageException)
            {
                // A full disk does not keep anybody out: reading and acknowledging is how it empties.
            }
        }
        return allowed;
    }

    public async ValueTask AllowAsync(
        MailboxId owner,
        IReadOnlyList<MailboxId> allowed,
        IReadOnlyList<MailboxId> deliverOnly,
        DateTimeOffset now
    )
    {
        // Clients repeat their list with each login; the same one again costs no commit.
        var known = Read(database =>
            FindMailbox(database, owner) is { } mailbox
            && now - mailbox.Seen < SeenPrecision
            && ReadAllowed(database, mailbox.Number, deliverOnly: false).SequenceEqual(allowed)
            && ReadAllowed(database, mailbox.Number, deliverOnly: true).SequenceEqual(deliverOnly)
        );
        if (known)
        {
            return;
        }
        await _writer.RunAsync(
            RelayStep.Allow,
            database =>
            {
                Execute(
                    database,
                    """
                    INSERT INTO mailbox(id, seen_ms) VALUES($id, $now)
                    ON CONFLICT(id) DO UPDATE SET seen_ms = excluded.seen_ms
                    """,
                    ("$id", owner.ToBytes()),
                    ("$now", Ms(now))
                );
                var number = FindMailbox(database, owner)!.Value.Number;
                Execute(database, "DELETE FROM allowed WHERE owner = $owner", ("$owner", number));
                var position = 0;
                foreach (var visitor in allowed.Concat(deliverOnly))
                {
                    Execute(
                        database,
                        """
                        INSERT INTO allowed(owner, position, visitor, deliver_only)
                        VALUES($owner, $position, $visitor, $deliverOnly)
                        """,
                        ("$owner", number),
                        ("$position", position),
                        ("$visitor", visitor.ToBytes()),
                        ("$deliverOnly", position < allowed.Count ? 0 : 1)
                    );
                    position++;
                }
                return true;
            }
        );
    }

    public ValueTask<bool> IsAllowedAsync(MailboxId owner, MailboxId visitor) =>
        ValueTask.FromResult(Read(database => FindAllowed(database, owner, visitor, orDeliverOnly: false) is not null));

    public async ValueTask<AppendResult> AppendAsync(
        MailboxId to,
        MailboxId from,
        ReadOnlyMemory<byte> envelope,
        DateTimeOffset expires,
        DateTimeOffset now
    ) => await _writer.RunAsync(RelayStep.Append, database => Append(database, to, from, envelope, expires, now));

    public ValueTask<IReadOnlyList<StoredEnvelope>> ReadAsync(
        MailboxId owner,
        ulong after,
        int maxCount,
        int maxBytes,
        DateTimeOffset now
    ) =>
        ValueTask.FromResult(
            Read<IReadOnlyList<StoredEnvelope>>(database =>
            {
                var read = new List<StoredEnvelope>();
                using var command = Command(
                    database,
                    """
                    SELECT sequence, sender, body FROM envelope
                    WHERE owner = (SELECT number FROM mailbox WHERE id = $id) AND sequence > $after AND expires_ms > $now
                    ORDER BY sequence LIMIT $count
                    """,
                    ("$id", owner.ToBytes()),
                    ("$after", (long)Math.Min(after, long.MaxValue)),
                    ("$now", Ms(now)),
                    ("$count", maxCount)
                );
                using var rows = command.ExecuteReader();
                var bytes = 0;
                while (rows.Read())
                {
                    var body = (byte[])rows[2];
                    bytes += body.Length;
                    if (read.Count > 0 && bytes > maxBytes)
                    {
                        break;
                    }
                    MailboxId.TryFrom((byte[])rows[1], out var from);
                    read.Add(new StoredEnvelope((ulong)rows.GetInt64(0), from, body));
                }
                return read;
            })
        );

    public async ValueTask AcknowledgeAsync(MailboxId owner, ulong through) =>
        await _writer.RunAsync(
            RelayStep.Acknowledge,
            database =>
                Execute(
                    database,
                    """
                    DELETE FROM envelope
                    WHERE owner = (SELECT number FROM mailbox WHERE id = $id) AND sequence <= $through
                    """,
                    ("$id", owner.ToBytes()),
                    ("$through", (long)Math.Min(through, long.MaxValue))
                )
        );

    public async ValueTask ExpireAsync(DateTimeOffset now, DateTimeOffset unusedSince)
    {
        // Usually there is nothing to do, and nothing to commit.
        var due = Read(database =>
            Exists(database, "SELECT 1 FROM envelope WHERE expires_ms <= $limit LIMIT 1", Ms(now))
            || Exists(database, "SELECT 1 FROM mailbox WHERE seen_ms < $limit LIMIT 1", Ms(unusedSince))
        );
        if (due)
        {
            await _writer.RunAsync(
                RelayStep.Expire,
                database =>
                    Execute(database, "DELETE FROM envelope WHERE expires_ms <= $now", ("$now", Ms(now)))
                    + Execute(database, "DELETE FROM mailbox WHERE seen_ms < $since", ("$since", Ms(unusedSince)))
            );
        }
    }

    public ValueTask<MailboxCounts> CountAsync() =>
        ValueTask.FromResult(
            Read(database => new MailboxCounts(
                RelayDatabase.Scalar(database, "SELECT count(*) FROM mailbox"),
                RelayDatabase.Scalar(database, "SELECT count(*) FROM envelope"),
                RelayDatabase.Scalar(database, "SELECT coalesce(sum(size), 0) FROM envelope")
            ))
        );

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        lock (_readGate)
        {
            _reader.Dispose();
        }
    }

    private AppendResult Append(
        SqliteConnection database,
        MailboxId to,
        MailboxId from,
        ReadOnlyMemory<byte> envelope,
        DateTimeOffset expires,
        DateTimeOffset now
    )
    {
        if (FindAllowed(database, to, from, orDeliverOnly: true) is not { } owner)
        {
            return new AppendResult(AppendStatus.NotAllowed);
        }
        var sender = from.ToBytes();
        var (count, bytes) = Use(database, owner, null, now);
        if (count >= _quotas.MailboxEnvelopes || bytes + envelope.Length > _quotas.MailboxBytes)
        {
            return new AppendResult(AppendStatus.MailboxFull);
        }
        // Nobody's share can be used up while the whole mailbox holds less than it.
        if (
            count >= _quotas.MailboxEnvelopes / _quotas.SenderShareDivisor
            || bytes + envelope.Length > _quotas.MailboxBytes / _quotas.SenderShareDivisor
        )
        {
            var (ownCount, ownBytes) = Use(database, owner, sender, now);
            if (
                ownCount >= _quotas.MailboxEnvelopes / _quotas.SenderShareDivisor
                || ownBytes + envelope.Length > _quotas.MailboxBytes / _quotas.SenderShareDivisor
            )
            {
                return new AppendResult(AppendStatus.SenderQuota);
            }
        }
        using var next = Command(
            database,
            "UPDATE mailbox SET last_sequence = last_sequence + 1 WHERE number = $owner RETURNING last_sequence",
            ("$owner", owner)
        );
        var sequence = (long)next.ExecuteScalar()!;
        Execute(
            database,
            """
            INSERT INTO envelope(owner, sequence, sender, expires_ms, size, body)
            VALUES($owner, $sequence, $sender, $expires, $size, $body)
            """,
            ("$owner", owner),
            ("$sequence", sequence),
            ("$sender", sender),
            ("$expires", Ms(expires)),
            ("$size", envelope.Length),
            ("$body", envelope.ToArray())
        );
        return new AppendResult(AppendStatus.Stored, (ulong)sequence);
    }

    private static (long Count, long Bytes) Use(
        SqliteConnection database,
        long owner,
        byte[]? sender,
        DateTimeOffset now
    )
    {
        using var command = Command(
            database,
            "SELECT count(*), coalesce(sum(size), 0) FROM envelope WHERE owner = $owner AND expires_ms > $now"
                + (sender is null ? "" : " AND sender = $sender"),
            ("$owner", owner),
            ("$now", Ms(now))
        );
        if (sender is not null)
        {
            command.Parameters.AddWithValue("$sender", sender);
        }
        using var rows = command.ExecuteReader();
        rows.Read();
        return (rows.GetInt64(0), rows.GetInt64(1));
    }

    private static (long Number, DateTimeOffset Seen)? FindMailbox(SqliteConnection database, MailboxId id)
    {
        using var command = Command(
            database,
            "SELECT number, seen_ms FROM mailbox WHERE id = $id",
            ("$id", id.ToBytes())
        );
        using var rows = command.ExecuteReader();
        return rows.Read() ? (rows.GetInt64(0), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1))) : null;
    }

    private static long? FindAllowed(SqliteConnection database, MailboxId owner, MailboxId visitor, bool orDeliverOnly)
    {
        using var command = Command(
            database,
            """
            SELECT allowed.owner FROM mailbox JOIN allowed ON allowed.owner = mailbox.number
            WHERE mailbox.id = $owner AND allowed.visitor = $visitor AND allowed.deliver_only <= $most
            """,
            ("$most", orDeliverOnly ? 1 : 0),
            ("$owner", owner.ToBytes()),
            ("$visitor", visitor.ToBytes())
        );
        return (long?)command.ExecuteScalar();
    }

    private static List<MailboxId> ReadAllowed(SqliteConnection database, long owner, bool deliverOnly)
    {
        var allowed = new List<MailboxId>();
        using var command = Command(
            database,
            "SELECT visitor FROM allowed WHERE owner = $owner AND deliver_only = $deliverOnly ORDER BY position",
            ("$owner", owner),
            ("$deliverOnly", deliverOnly ? 1 : 0)
        );
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            MailboxId.TryFrom((byte[])rows[0], out var visitor);
            allowed.Add(visitor);
        }
        return allowed;
    }

    private static bool Exists(SqliteConnection database, string sql, long limit)
    {
        using var command = Command(database, sql, ("$limit", limit));
        return command.ExecuteScalar() is not null;
    }

    private static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static int Execute(SqliteConnection database, string sql, params ReadOnlySpan<(string, object)> parameters)
    {
        using var command = Command(database, sql, parameters);
        return command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(
        SqliteConnection database,
        string sql,
        params ReadOnlySpan<(string Name, object Value)> parameters
    )
    {
        var command = database.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }
        return command;
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        lock (_readGate)
        {
            try
            {
                return read(_reader);
            }
            catch (SqliteException exception)
            {
                throw new RelayStorageException(RelayStorageFailure.Unavailable, exception);
            }
        }
    }
}
