using System.Text;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Storage;

/// <summary>What somebody reads who has the disk: nothing of content, names, devices; and what they change is noticed.</summary>
public sealed class StoreSecrecyTests : IDisposable
{
    private const string Marker = "MARKER-of-the-secret-content";

    private readonly TemporaryDirectory _directory = new();
    private readonly StoreSamples _samples = new(21);
    private readonly RecordCipher _cipher = new(new byte[RecordCipher.KeySize], SystemRandomSource.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => _directory.File("toss.db");

    public void Dispose()
    {
        _cipher.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Nothing_that_matters_stands_in_the_files()
    {
        var peer = _samples.Device();
        var secrets = new List<byte[]> { Encoding.UTF8.GetBytes(Marker), peer.ToBytes() };
        await using var store = await OpenAsync();
        await FillAsync(store, peer, secrets);
        await MarkAndDeleteAsync(store, secrets);
        (await store.ReadPreviewsAsync(0, 100, Cancellation)).Dispose();

        // In the log, then also in the database itself.
        Assert.NotEmpty(await File.ReadAllBytesAsync(Database + "-wal", Cancellation));
        await AssertAbsentAsync(secrets);
        await store.CommitAsync(StoreStep.LeaveCircle, [new EraseClip(_samples.ClipId())], Cancellation);
        Assert.Empty(await File.ReadAllBytesAsync(Database + "-wal", Cancellation));
        Assert.NotEmpty(await store.NewestClipsAsync(10, Cancellation));
        await AssertAbsentAsync(secrets);
    }

    /// <summary>Nothing is lost for a mark that does not open: the clip stays, and stays put.</summary>
    [Theory]
    [InlineData("UPDATE clip_mark SET sealed = zeroblob(60)")]
    [InlineData("UPDATE clip_mark SET sealed = substr(sealed, 1, 20)")]
    [InlineData("UPDATE clip_mark SET sealed = (SELECT sealed FROM clip)")]
    public async Task A_damaged_mark_keeps_its_clip(string damage)
    {
        var clip = _samples.Clip("text", 1);
        await using (var store = await OpenAsync())
        {
            await store.CommitAsync(
                StoreStep.RecordClip,
                [new InsertClip(clip), new MarkClip(clip.Clip.Id, new Core.Clips.ClipMark(false, ["tag"]))],
                Cancellation
            );
        }
        Damage(damage);
        await using var reopened = await OpenAsync();
        var found = (await reopened.FindClipAsync(clip.Clip.Id, Cancellation))!;
        Assert.True(found.Mark.Pinned);
        Assert.Empty(found.Mark.Tags);
        await reopened.SweepAsync(StoreSamples.Now.AddYears(1), new Retention(0, 0, TimeSpan.Zero), Cancellation);
        Assert.Single(await reopened.NewestClipsAsync(9, Cancellation));
        await reopened.CommitAsync(
            StoreStep.ChangeHistory,
            [new MarkClip(clip.Clip.Id, Core.Clips.ClipMark.None)],
            Cancellation
        );
        Assert.False((await reopened.FindClipAsync(clip.Clip.Id, Cancellation))!.Mark.Pinned);
    }

    /// <summary>Moved to another clip it would keep that from coming.</summary>
    [Fact]
    public async Task A_tombstone_stands_for_its_own_clip_only()
    {
        var (dead, other) = (_samples.ClipId(), _samples.ClipId());
        await using (var store = await OpenAsync())
        {
            await store.CommitAsync(
                StoreStep.EraseHistory,
                [new PutTombstone(dead, StoreSamples.Now), new PutTombstone(other, StoreSamples.Now)],
                Cancellation
            );
        }
        Damage("UPDATE tombstone SET sealed = (SELECT sealed FROM tombstone ORDER BY number LIMIT 1)");
        await using var reopened = await OpenAsync();
        Assert.True(await reopened.IsDeletedAsync(dead, Cancellation));
        Assert.False(await reopened.IsDeletedAsync(other, Cancellation));
    }

    /// <summary>A search loses that clip alone, and it is counted.</summary>
    [Fact]
    public async Task A_damaged_clip_is_left_out_of_searches_and_counted()
    {
        await using (var store = await OpenAsync())
        {
            await store.CommitAsync(
                StoreStep.RecordClip,
                [.. Enumerable.Range(0, 9).Select(i => new InsertClip(_samples.Clip($"clip {i}", i)))],
                Cancellation
            );
        }
        Damage("UPDATE clip SET sealed = zeroblob(200) WHERE ms = 4");
        Damage("UPDATE clip SET received_ms = 0 WHERE ms = 6");
        await using var reopened = await OpenAsync();
        using var page = await reopened.ReadPreviewsAsync(0, 100, Cancellation);
        Assert.Equal(7, page.Rows.Count);
        Assert.True(page.IsLast);
        Assert.Equal(2, reopened.DamagedClips);
        // Who lists by ids finds them all, and each that is damaged says so.
        var ids = await reopened.HistoryIdsAsync(Cancellation);
        Assert.Equal(9, ids.Count);
        var damaged = 0;
        foreach (var id in ids)
        {
            try
            {
                Assert.NotNull(await reopened.FindClipAsync(id, Cancellation));
            }
            catch (StoreException failure) when (failure.Failure == StoreFailure.Damaged)
            {
                damaged++;
            }
        }
        Assert.Equal(2, damaged);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("hex")]
    [InlineData("HEX")]
    [InlineData("base64 at 0")]
    [InlineData("base64 at 1")]
    [InlineData("base64 at 2")]
    public async Task A_secret_that_did_stand_there_would_be_found(string form)
    {
        var secret = Encoding.UTF8.GetBytes(Marker);
        var planted = Forms(secret).Single(it => it.Name == form).Bytes;
        await File.WriteAllBytesAsync(
            Database,
            [.. _samples.Bytes(5000), .. planted, .. _samples.Bytes(50)],
            Cancellation
        );
        await Assert.ThrowsAnyAsync<Exception>(() => AssertAbsentAsync([secret]));
    }

    [Fact]
    public async Task A_flipped_bit_never_changes_what_is_read()
    {
        var peer = _samples.Device();
        var store = await OpenAsync();
        await FillAsync(store, peer, []);
        var intact = await ReadAsync(store, peer);
        Assert.True(intact.Count > 8);
        await store.DisposeAsync();
        var original = await File.ReadAllBytesAsync(Database, Cancellation);

        // Most of a young database is empty pages; only what was written is worth a flip.
        var written = Enumerable.Range(0, original.Length).Where(i => original[i] != 0).ToArray();
        var random = new StoreSamples(77);
        var damaged = 0;
        const int Rounds = 400;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = (byte[])original.Clone();
            var place = written[(int)(BitConverter.ToUInt32(random.Bytes(4)) % (uint)written.Length)];
            bytes[place] ^= (byte)(1 << (int)(BitConverter.ToUInt32(random.Bytes(4)) % 8));
            await File.WriteAllBytesAsync(Database, bytes, Cancellation);
            try
            {
                await using var reopened = await SqliteAgentStore.OpenAsync(
                    Database,
                    _cipher,
                    inline: true,
                    cancellation: Cancellation
                );
                var read = await ReadAsync(reopened, peer);
                Assert.True(read.IsSubsetOf(intact), $"Bit flip {round} at byte {place} changed what is read.");
                damaged += read.Count < intact.Count ? 1 : 0;
            }
            catch (StoreException failure)
            {
                Assert.True(
                    failure.Failure is StoreFailure.Damaged or StoreFailure.NewerVersion or StoreFailure.Other,
                    $"Bit flip {round} at byte {place}: {failure.Failure}"
                );
                damaged++;
            }
            File.Delete(Database + "-wal");
        }
        // The rest hit what nobody reads here: indices of other queries, the text of the schema, blobs' rows.
        Assert.InRange(damaged, Rounds / 4, Rounds);
    }

    [Fact]
    public async Task A_damaged_clip_is_left_out_of_listings_and_counted()
    {
        var good = _samples.Clip("good", 1);
        var bad = _samples.Clip("bad", 2);
        await using (var store = await OpenAsync())
        {
            await store.CommitAsync(StoreStep.RecordClip, [new InsertClip(good), new InsertClip(bad)], Cancellation);
        }
        Swap("UPDATE clip SET sealed = (SELECT sealed FROM clip WHERE ms = 1) WHERE ms = 2");
        await using var reopened = await OpenAsync();
        var listed = await reopened.NewestClipsAsync(10, Cancellation);
        Assert.Equal([good.Clip.Id], listed.Select(clip => clip.Clip.Id));
        Assert.Equal(1, reopened.DamagedClips);
        Assert.Equal(good.Clip.Id, (await reopened.NewestClaimAsync(DateTimeOffset.MaxValue, Cancellation))!.Clip.Id);
        Assert.Equal(2, reopened.DamagedClips);
        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await reopened.FindClipAsync(bad.Clip.Id, Cancellation)
        );
        Assert.Equal(StoreFailure.Damaged, failure.Failure);
        Assert.Contains("'clip'", failure.Message, StringComparison.Ordinal);

        await reopened.CommitAsync(StoreStep.RecordClip, [new EraseClip(bad.Clip.Id)], Cancellation);
        await reopened.NewestClipsAsync(10, Cancellation);
        Assert.Equal(2, reopened.DamagedClips);
    }

    [Theory]
    [InlineData("UPDATE delivery SET state = 0")]
    [InlineData("UPDATE delivery SET claim = 1 - claim")]
    [InlineData("UPDATE delivery SET created_ms = created_ms + 1")]
    [InlineData("UPDATE delivery SET ms = ms + 1")]
    [InlineData("UPDATE delivery SET clip = NULL")]
    [InlineData("UPDATE delivery SET envelope = NULL")]
    [InlineData("UPDATE delivery SET envelope = sealed")]
    public async Task A_changed_clear_column_of_a_delivery_is_noticed(string sql)
    {
        var peer = _samples.Device();
        var row = _samples.Delivery(peer, _samples.Clip("text", 3));
        await using (var store = await OpenAsync())
        {
            await store.CommitAsync(
                StoreStep.RecordClip,
                [
                    new InsertDelivery(row),
                    new SealDelivery(peer, row.Message, _samples.Bytes(40), _samples.Session(), StoreSamples.Now),
                ],
                Cancellation
            );
        }
        Swap(sql);
        await using var reopened = await OpenAsync();
        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
            await reopened.FindDeliveryAsync(peer, row.Message, Cancellation)
        );
        Assert.Equal(StoreFailure.Damaged, failure.Failure);
    }

    private ValueTask<SqliteAgentStore> OpenAsync() =>
        SqliteAgentStore.OpenAsync(Database, _cipher, cancellation: Cancellation);

    private void Swap(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }

    private async Task FillAsync(SqliteAgentStore store, DeviceId peer, List<byte[]> secrets)
    {
        var blob = _samples.Blob();
        var session = _samples.Session();
        var device = _samples.DeviceRecord(Marker) with
        {
            RelayToken = Marker,
            Relay = new Uri($"wss://{Marker}.example"),
            Settings = new Dictionary<string, string> { [Marker] = Marker },
        };
        var clip = _samples.Clip(Marker, new Core.Clips.ClipStamp(3, 0, peer));
        var mixed = _samples.MixedClip(blob);
        var delivery = _samples.Delivery(peer, clip);
        var roster = _samples.RosterDelivery(peer) with { Body = Encoding.UTF8.GetBytes(Marker) };
        var received = _samples.Received(peer, clip: clip.Clip.Id);
        secrets.AddRange([
            session.ToBytes(),
            received.Envelope.ToBytes(),
            blob.Key.ToArray(),
            device.PublicKey.ToArray(),
            clip.Clip.Signed.Signer.ToByteArray(),
        ]);
        // A commit of its own: it may erase, and is followed by a truncated log then.
        await store.CommitAsync(StoreStep.JoinCircle, [new PutCircle(_samples.Genesis())], Cancellation);
        await store.CommitAsync(
            StoreStep.CreateDevice,
            [
                new PutDevice(device),
                new PutStatements([_samples.Signed(Encoding.UTF8.GetBytes(Marker))]),
                new PutCard(peer, _samples.Card(Marker), 1),
                new PutPendingInviter(_samples.Inviter() with { Card = _samples.Card(Marker) }),
                new PutSessions(peer, 0, Encoding.UTF8.GetBytes(Marker), [session]),
                new InsertReceived(received),
                new InsertClip(clip),
                new InsertClip(mixed),
                new InsertDelivery(delivery),
                new InsertDelivery(roster),
                new SealDelivery(peer, delivery.Message, Encoding.UTF8.GetBytes(Marker), session, StoreSamples.Now),
                new PutBlobUpload(blob.Id, new Uri($"wss://{Marker}.example"), StoreSamples.Now),
            ],
            Cancellation
        );
    }

    private async Task MarkAndDeleteAsync(SqliteAgentStore store, List<byte[]> secrets)
    {
        var (marked, deleted, gone) = (_samples.Clip(Marker, 7), _samples.Clip(Marker, 8), _samples.ClipId());
        secrets.Add(gone.ToBytes());
        await store.CommitAsync(
            StoreStep.ChangeHistory,
            [
                new InsertClip(marked),
                new InsertClip(deleted),
                new MarkClip(marked.Clip.Id, new Core.Clips.ClipMark(true, [Marker])),
                new MarkClip(deleted.Clip.Id, new Core.Clips.ClipMark(true, [Marker])),
                new DeleteClips([deleted.Clip.Id], StoreSamples.Now),
                new PutTombstone(gone, StoreSamples.Now),
            ],
            Cancellation
        );
    }

    private void Damage(string sql)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }

    /// <summary>Everything the store says, as text; a damaged answer is left out.</summary>
    private static async Task<HashSet<string>> ReadAsync(SqliteAgentStore store, DeviceId peer)
    {
        var read = new HashSet<string>();
        await TryAsync(async () => [(await store.LoadDeviceAsync(Cancellation))!.Describe()]);
        await TryAsync(async () => [(await store.LoadCircleAsync(Cancellation)).Cards.Single().ToString()]);
        await TryAsync(async () => [.. (await store.LoadCircleAsync(Cancellation)).Statements.Select(it => $"{it}")]);
        await TryAsync(async () =>
            [Convert.ToHexString((await store.LoadSessionsAsync(peer, Cancellation))!.Sessions.Span)]
        );
        await TryAsync(async () =>
            [.. (await store.ReceiptsDueAsync(peer, 9, Cancellation)).Select(it => it.ToString())]
        );
        await TryAsync(async () => [.. (await store.NewestClipsAsync(9, Cancellation)).Select(it => it.Describe())]);
        await TryAsync(async () => [$"newest {(await store.IncompleteClipsAsync(Cancellation)).Single().Describe()}"]);
        await TryAsync(async () =>
            [.. (await store.OutgoingDeliveriesAsync(peer, 9, Cancellation)).Select(it => it.Describe())]
        );
        await TryAsync(async () =>
            [.. (await store.UnansweredDeliveriesAsync(peer, Cancellation)).Select(it => it.Describe())]
        );
        return read;

        async Task TryAsync(Func<Task<IEnumerable<string>>> ask)
        {
            try
            {
                read.UnionWith(await ask());
            }
            catch (StoreException failure) when (failure.Failure is StoreFailure.Damaged) { }
            // Gone, not changed: a row or a whole index entry may be lost with its page.
            catch (Exception gone) when (gone is NullReferenceException or InvalidOperationException) { }
        }
    }

    private async Task AssertAbsentAsync(IReadOnlyList<byte[]> secrets)
    {
        foreach (var file in Directory.GetFiles(_directory.Path))
        {
            var bytes = await File.ReadAllBytesAsync(file, Cancellation);
            foreach (var secret in secrets)
            {
                foreach (var (name, form) in Forms(secret))
                {
                    Assert.False(
                        bytes.AsSpan().IndexOf(form) >= 0,
                        $"{Path.GetFileName(file)} holds a secret as {name}."
                    );
                }
            }
        }
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Forms(byte[] secret)
    {
        yield return ("utf-8", secret);
        yield return ("utf-16", Encoding.Unicode.GetBytes(Encoding.Latin1.GetString(secret)));
        yield return ("hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret)));
        yield return ("HEX", Encoding.ASCII.GetBytes(Convert.ToHexString(secret)));
        for (var shift = 0; shift < 3; shift++)
        {
            // Base64 depends on where in a group of three it begins; whole groups inside are the same wherever it stands.
            var whole = Convert.ToBase64String(secret.AsSpan(shift, (secret.Length - shift) / 3 * 3));
            yield return ($"base64 at {shift}", Encoding.ASCII.GetBytes(whole));
        }
    }
}
