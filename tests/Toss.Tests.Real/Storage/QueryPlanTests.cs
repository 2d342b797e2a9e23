using Microsoft.Data.Sqlite;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Storage.Rows;
using Toss.Storage.Sqlite;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Storage;

/// <summary>What happens for each clip must not become slower with each clip: SQLite says how it would run every statement.</summary>
public sealed class QueryPlanTests
{
    private readonly StoreSamples _samples = new(41);

    [Fact]
    public void What_happens_for_each_clip_searches_an_index_and_sorts_nothing()
    {
        using var cipher = new RecordCipher(new byte[RecordCipher.KeySize], SystemRandomSource.Instance);
        var statements = new HashSet<string>();
        using var database = new Database(SqliteAgentStore.InMemory, sql => statements.Add(sql));
        Migrator.Migrate(database, Schema.Migrations);
        var seal = new RowSeal(cipher);
        var tables = Commit.On(database, seal);
        var (received, clips, deliveries, sessions) = (
            tables.Received,
            tables.Clips,
            tables.Deliveries,
            tables.Sessions
        );
        statements.Clear();

        var peer = _samples.Device();
        var blob = _samples.Blob();
        var clip = _samples.MixedClip(blob);
        var row = _samples.Delivery(peer, clip);
        var message = _samples.Received(peer, clip: clip.Clip.Id);
        StoreWrite[] writes =
        [
            new InsertClip(clip),
            new InsertDelivery(row),
            new PutSessions(peer, 0, _samples.Bytes(9), [_samples.Session()]),
            new SealDelivery(peer, row.Message, _samples.Bytes(9), _samples.Session(), StoreSamples.Now),
            new MarkDelivery(peer, row.Message, DeliveryState.Sent, RefusalReason.None, StoreSamples.Now),
            new InsertReceived(message),
            new SetReceivedOutcome(peer, message.Message, Receipt.Types.Outcome.Kept, RefusalReason.None),
            new SetReceiptSent(peer, message.Message, StoreSamples.Now),
            new SetClipState(clip.Clip.Id, Core.Clips.ClipState.Complete),
            new MarkClip(clip.Clip.Id, new Core.Clips.ClipMark(true, ["tag"])),
            new PutBlobUpload(blob.Id, StoreSamples.Relay, StoreSamples.Now),
        ];
        Assert.All(writes, write => Assert.True(tables.Apply(write)));
        sessions.Load(peer);
        sessions.FindPeer(_samples.Session());
        received.Find(message.Envelope);
        received.Find(peer, message.Message);
        received.Due(peer, 16);
        received.OfClip(clip.Clip.Id);
        clips.Find(clip.Clip.Id);
        clips.NewestClaim(long.MaxValue);
        clips.Find([clip.Clip.Id]);
        clips.Previews(0, 50);
        clips.Incomplete();
        clips.Between(0, 1, 50);
        clips.Holds(blob.Id);
        tables.Uploads.IsUploaded(blob.Id, StoreSamples.Relay);
        clips.Of(blob.Id);
        deliveries.Outgoing(peer, 16);
        deliveries.Unanswered(peer);
        deliveries.Expired(peer);
        deliveries.Find(peer, row.Message);
        deliveries.OfClip(clip.Clip.Id);
        deliveries.OfClips([clip.Clip.Id]);
        tables.Bin.Has(clip.Clip.Id);
        tables.Bin.Due(StoreSamples.Now, StoreSamples.Now, 9);
        tables.Bin.Oldest();
        tables.Bin.Last();
        tables.Tombstones.Has(clip.Clip.Id);
        tables.Apply(new DeleteClips([clip.Clip.Id], StoreSamples.Now));
        tables.Apply(new RestoreClips(1));
        tables.Apply(new EraseClip(clip.Clip.Id));
        tables.Apply(new PutTombstone(clip.Clip.Id, StoreSamples.Now));

        Assert.True(statements.Count > 25, $"Only {statements.Count} statements were seen.");
        var slow = new List<string>();
        foreach (var sql in statements)
        {
            var plan = Explain(sql);
            // An index walked in order until a limit, or until enough was read, is no table read to its end.
            var scans = plan.Where(step =>
                step.StartsWith("SCAN", StringComparison.Ordinal)
                // Ids that were given, one after the other.
                && step is not ("SCAN CONSTANT ROW" or "SCAN place" or "SCAN page")
                && !step.Contains("USING", StringComparison.Ordinal)
            );
            var sorts = plan.Where(step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
            slow.AddRange(scans.Concat(sorts).Select(step => $"{step}: {sql}"));
        }
        Assert.Empty(slow);
    }

    [Fact]
    public void The_test_would_see_a_slow_statement() =>
        Assert.Contains(
            "USE TEMP B-TREE FOR ORDER BY",
            Explain("SELECT id FROM clip ORDER BY size, received_ms"),
            StringComparer.Ordinal
        );

    private static List<string> Explain(string sql)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = string.Concat(Schema.Migrations.Select(migration => migration.Sql));
        command.ExecuteNonQuery();
        command.CommandText = "EXPLAIN QUERY PLAN " + sql;
        for (var i = 1; sql.Contains($"${i}", StringComparison.Ordinal); i++)
        {
            command.Parameters.AddWithValue($"${i}", DBNull.Value);
        }
        using var reader = command.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read())
        {
            steps.Add(reader.GetString(3));
        }
        return steps;
    }
}
