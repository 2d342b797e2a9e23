using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Agent;
using Toss.Control;
using Toss.Control.Http;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto.Backups;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Agent.Backups;

/// <summary>What comes back out of a backup, on another device and on the same one.</summary>
public sealed class BackupTests : BackupBench
{
    /// <summary>More than 512 chunks: the hashes are apart.</summary>
    private const int WithList = 68_000_000;

    [Fact]
    public async Task Everything_comes_back_with_its_date_and_marks_and_once()
    {
        var text = await CopyAsync(A, "a text");
        Time.Advance(TimeSpan.FromDays(3));
        var picture = await CopyLargeAsync(A, 500_000);
        await A.Control.MarkClipAsync(new MarkRequest(text, Pinned: true, Add: ["kept", "two"]), default);
        var before = await HistoryAsync(A);
        Time.Advance(TimeSpan.FromDays(4));
        await CopyAsync(B, "B's own");

        var backup = await ExportAsync(A);
        Assert.Equal(new ExportReport(true, 2, 500_006), await A.Control.GetExportAsync(default));
        Assert.Equal(new ImportReport(2, 500_006), await ImportAsync(B, backup));

        var after = (await HistoryAsync(B)).Where(entry => entry.Preview != "B's own").ToList();
        Assert.Equal(before.Select(Facts), after.Select(Facts));
        Assert.All(after, entry => Assert.Equal("Device 1", entry.Origin.Name));
        Assert.Equal("a text", Encoding.UTF8.GetString(await ReadAsync(B, text)));
        Assert.Equal(TestContent.Noise(500_000), await ReadAsync(B, picture));
        Assert.Single(B.Blobs.Ids);

        Assert.Equal(new ImportReport(0, 0) { Known = 2 }, await ImportAsync(B, backup));
        Assert.Equal(new ImportReport(0, 0) { Known = 2 }, await ImportAsync(A, backup));
        Assert.Equal(3, (await HistoryAsync(B)).Count);
        Assert.Equal(before.Select(Facts), (await HistoryAsync(A)).Select(Facts));
        Assert.Equal(0, B.Blobs.Staged);

        static (string, DateTimeOffset, string, long, bool, string) Facts(HistoryEntry entry) =>
            (entry.Id, entry.At, entry.Origin.Id, entry.Size, entry.Pinned, string.Join(',', entry.Tags));
    }

    [Fact]
    public async Task Nothing_is_put_on_the_clipboard_or_sent()
    {
        await CopyAsync(B, "on B's clipboard");
        Time.Advance(TimeSpan.FromMinutes(1));
        await CopyAsync(A, "newer, from a backup");
        var sent = await B.AskAsync(() => B.Network.Sent.Count);
        await ImportAsync(B, await ExportAsync(A));
        var pasted = await B.Control.PasteAsync(null, null, default);
        Assert.Equal("on B's clipboard", await new StreamReader(pasted!.Content).ReadToEndAsync());
        var entries = await HistoryAsync(B);
        Assert.Equal(["newer, from a backup", "on B's clipboard"], entries.Select(entry => entry.Preview));
        Assert.False(entries[0].HoldsClipboard);
        Assert.Empty(entries[0].Deliveries);
        Assert.Equal(sent, await B.AskAsync(() => B.Network.Sent.Count));
    }

    [Fact]
    public async Task What_was_deleted_stays_deleted_here_and_what_is_marked_here_keeps_its_marks()
    {
        var gone = await CopyAsync(A, "deleted for ten minutes");
        var tagged = await CopyAsync(A, "tagged anew");
        var bare = await CopyAsync(A, "not marked any more");
        await A.Control.MarkClipAsync(new MarkRequest(tagged, Add: ["old"]), default);
        await A.Control.MarkClipAsync(new MarkRequest(bare, Pinned: true), default);
        var backup = await ExportAsync(A);
        await A.Control.DeleteAsync(new DeleteRequest([gone]), default);
        await A.Control.MarkClipAsync(new MarkRequest(tagged, Add: ["new"], Remove: ["old"]), default);
        await A.Control.MarkClipAsync(new MarkRequest(bare, Pinned: false), default);

        Assert.Equal(new ImportReport(0, 0) { Known = 2, Deleted = 1 }, await ImportAsync(A, backup));
        var entries = await HistoryAsync(A);
        Assert.Equal(["not marked any more", "tagged anew"], entries.Select(entry => entry.Preview));
        Assert.True(entries[0].Pinned);
        Assert.Equal(["new"], entries[1].Tags);

        // For good, too.
        await A.Control.DeleteAsync(new DeleteRequest([tagged], Everywhere: true), default);
        Assert.Equal(2, (await ImportAsync(A, backup)).Deleted);
    }

    [Fact]
    public async Task What_is_locked_is_not_exported_and_is_counted()
    {
        await CopyAsync(A, "shared");
        Time.Advance(TimeSpan.FromMinutes(1));
        await A.OnAsync(async () =>
        {
            await A.Agent.Keeper.ChangeAsync(
                record =>
                    record with
                    {
                        Settings = new Dictionary<string, string>(
                            record.Settings.Append(HistoryLock.Of(A.Agent.Device.Circle.Id, A.Agent.Device.Now))
                        ),
                    },
                default
            );
            return true;
        });
        Time.Advance(TimeSpan.FromMinutes(1));
        await CopyAsync(A, "since");
        await ImportAsync(B, await ExportAsync(A));
        Assert.Equal(["since"], await PreviewsAsync(B));
        Assert.Equal(1, (await A.Control.GetExportAsync(default)).Locked);
        // Nor does the lock travel.
        Assert.Empty(await B.AskAsync(() => HistoryLock.In(B.Agent.Device.Record)));
        // What came now would be locked too, and gone after a day.
        var failure = await FailureAsync(() => ImportAsync(A, []));
        Assert.Equal(ControlErrors.HistoryLocked, failure.Code);
    }

    [Fact]
    public async Task Nothing_of_what_is_in_it_can_be_read_in_the_file()
    {
        var large = TestContent.Noise(300_000);
        Encoding.UTF8.GetBytes("marker-in-a-blob").CopyTo(large, 200_000);
        await CopyAsync(A, "marker-in-a-text");
        await A.Control.CopyAsync(MediaTypes.Png, new MemoryStream(large), false, default);
        await A.Control.SetConfigAsync(ConfigKeys.ExcludeApps, "marker-in-a-setting", default);
        var device = await A.AskAsync(() => A.Agent.Device.Record);
        var search = new SecretSearch()
            .Text("text", "marker-in-a-text")
            .Text("blob", "marker-in-a-blob")
            .Text("setting", "marker-in-a-setting")
            .Text("name", "Device 1")
            .Bytes("passphrase", Passphrase)
            .Bytes("beacon key", device.BeaconKey.ToArray());
        Assert.Empty(search.FindIn(await ExportAsync(A)));
    }

    /// <summary>Of whoever has the passphrase, too: an identity is made on a device, and leaves it with nobody.</summary>
    [Fact]
    public async Task No_key_of_the_device_is_in_it_even_for_who_opens_it()
    {
        await CopyAsync(A, "a text");
        await A.Control.SetConfigAsync(ConfigKeys.RelayToken, "the-relays-token", default);
        var device = await A.AskAsync(() => A.Agent.Device.Record);
        var opened = Opened(await ExportAsync(A));
        var search = new SecretSearch()
            .Text("token", "the-relays-token")
            .Text("relay", "relay.example")
            .Bytes("beacon key", device.BeaconKey.ToArray());
        foreach (var prekey in device.Prekeys)
        {
            search.Bytes("prekey", prekey[..16].ToArray());
        }
        foreach (var mailbox in device.Mailboxes)
        {
            search.Bytes("mailbox key", mailbox.PrivateKey.ToArray());
        }
        Assert.Empty(search.FindIn(opened));
        Assert.NotEmpty(new SecretSearch().Text("text", "a text").FindIn(opened));
    }

    [Fact]
    public async Task Settings_and_rules_come_only_when_asked_for()
    {
        await A.Control.SetConfigAsync(ConfigKeys.HistoryDays, "365", default);
        await A.Control.SetConfigAsync(ConfigKeys.ReceiveFolder, Path.GetTempPath(), default);
        await A.Control.SetRuleAsync(new SetRuleRequest("out", null, "picture", "never", null), default);
        await B.Control.SetConfigAsync(ConfigKeys.HistoryClips, "99", default);
        await B.Control.SetRuleAsync(new SetRuleRequest("in", null, null, "ask", null), default);
        var own = (await B.Control.GetConfigAsync(default)).First(one => one.Key == ConfigKeys.ReceiveFolder).Value;
        var backup = await ExportAsync(A);

        Assert.False((await ImportAsync(B, backup)).Settings);
        Assert.Equal("90", await ValueAsync(ConfigKeys.HistoryDays));
        Assert.Equal("in", (await B.Control.GetRulesAsync(default)).Single().Direction);

        Assert.True((await ImportAsync(B, backup, settings: true)).Settings);
        Assert.Equal("365", await ValueAsync(ConfigKeys.HistoryDays));
        Assert.Equal("10000", await ValueAsync(ConfigKeys.HistoryClips));
        Assert.Equal(own, await ValueAsync(ConfigKeys.ReceiveFolder));
        Assert.Equal(
            new RuleReport("out", null, null, "picture", "never", null),
            (await B.Control.GetRulesAsync(default)).Single()
        );

        async Task<string> ValueAsync(string key) =>
            (await B.Control.GetConfigAsync(default)).First(one => one.Key == key).Value;
    }

    [Fact]
    public async Task What_history_does_not_keep_here_is_not_kept_and_said()
    {
        await CopyAsync(A, "old");
        await A.Control.MarkClipAsync(new MarkRequest(await CopyAsync(A, "old and pinned"), Pinned: true), default);
        Time.Advance(TimeSpan.FromDays(40));
        await CopyLargeAsync(A, 2_000_000);
        await CopyAsync(A, "new");
        var backup = await ExportAsync(A);
        await B.Control.SetConfigAsync(ConfigKeys.HistoryDays, "30", default);
        await B.Control.SetConfigAsync(ConfigKeys.HistorySize, "1", default);

        Assert.Equal(2, (await ImportAsync(B, backup)).NotKept);
        Assert.Equal(["new", "old and pinned"], await PreviewsAsync(B));
        Assert.Empty(B.Blobs.Ids);
    }

    [Fact]
    public async Task Pins_beyond_half_of_history_come_without_their_pin()
    {
        foreach (var text in new[] { "one", "two", "three" })
        {
            await A.Control.MarkClipAsync(new MarkRequest(await CopyAsync(A, text), Pinned: true, Add: ["t"]), default);
        }
        await B.Control.SetConfigAsync(ConfigKeys.HistoryClips, "4", default);
        Assert.Equal(new ImportReport(3, 11) { Unpinned = 1 }, await ImportAsync(B, await ExportAsync(A)));
        Assert.Equal([true, true, false], (await HistoryAsync(B)).Select(entry => entry.Pinned));
        Assert.All(await HistoryAsync(B), entry => Assert.Equal(["t"], entry.Tags));
    }

    [Fact]
    public async Task Content_that_is_damaged_or_gone_is_left_out_and_the_rest_comes()
    {
        await CopyAsync(A, "whole");
        await CopyLargeAsync(A, 500_000, seed: 5);
        var gone = await CopyLargeAsync(A, 400_000, seed: 6);
        await A.Blobs.DeleteAsync(await BlobOfAsync(A, gone), default);
        Assert.Equal(new ImportReport(2, 500_005), await ImportAsync(B, await ExportAsync(A)));
        Assert.Equal(1, (await A.Control.GetExportAsync(default)).NotHere);
    }

    [Fact]
    public async Task A_clip_with_hashes_apart_comes_back()
    {
        var id = await CopyLargeAsync(A, WithList);
        Assert.Equal(1, (await ImportAsync(B, await ExportAsync(A))).Clips);
        Assert.Equal(TestContent.Noise(WithList), await ReadAsync(B, id));
    }

    [Fact]
    public async Task A_full_disk_leaves_nothing_half_and_the_same_backup_can_be_taken_again()
    {
        await CopyLargeAsync(A, 500_000);
        await CopyAsync(A, "small");
        var backup = await ExportAsync(A);
        B.Blobs.Full = true;
        Assert.Equal(ControlErrors.Storage, (await FailureAsync(() => ImportAsync(B, backup))).Code);
        Assert.Equal((0, 0), (B.Blobs.Ids.Count(), B.Blobs.Staged));
        B.Blobs.Full = false;

        // The commit of the clip whose content is durable.
        B.Fault = (step, before) =>
        {
            if (step == StoreStep.ChangeHistory && before && B.Blobs.Ids.Any())
            {
                throw new StoreException(StoreFailure.DiskFull, "full");
            }
        };
        Assert.Equal(ControlErrors.Storage, (await FailureAsync(() => ImportAsync(B, backup))).Code);
        B.Fault = null;
        Assert.Empty(B.Blobs.Ids);

        var last = await ImportAsync(B, backup);
        Assert.Equal(2, last.Clips + last.Known);
        Assert.Equal(2, (await HistoryAsync(B)).Count);
    }

    [Fact]
    public async Task Each_way_to_be_no_backup_has_its_word_and_what_came_before_stays()
    {
        for (var i = 0; i < 4; i++)
        {
            await CopyLargeAsync(A, 300_000, seed: (ulong)i + 1);
        }
        var backup = await ExportAsync(A);

        Assert.Equal(ControlErrors.NotABackup, await CodeAsync([.. "a picture of a cat, and more of it"u8]));
        Assert.Equal(ControlErrors.BackupCut, await CodeAsync(backup[..50]));
        var wrong = await FailureAsync(() =>
            B.Control.ImportAsync("another passphrase"u8.ToArray(), new MemoryStream(backup), false, default)
        );
        Assert.Equal(ControlErrors.WrongPassphrase, wrong.Code);
        Assert.Empty(await HistoryAsync(B));

        // What the beginning tells is told of the beginning alone.
        await B.Control.CheckBackupAsync(Passphrase, backup.AsMemory(0, ControlProtocol.BackupBeginning), default);
        await B.Control.CheckBackupAsync(Passphrase, backup.AsMemory(0, BackupHeader.Size), default);
        wrong = await FailureAsync(() =>
            B.Control.CheckBackupAsync("another passphrase"u8.ToArray(), backup.AsMemory(0, BackupHeader.Size), default)
        );
        Assert.Equal(ControlErrors.WrongPassphrase, wrong.Code);
        var none = await FailureAsync(() => B.Control.CheckBackupAsync(Passphrase, "no backup"u8.ToArray(), default));
        Assert.Equal(ControlErrors.NotABackup, none.Code);
        var later = backup.ToArray();
        later[7]++;
        Assert.Equal(ControlErrors.NewerBackup, await CodeAsync(later));

        var late = backup.Length - (2 * BackupSealer.SealedChunkSize);
        var cut = await FailureAsync(() => ImportAsync(B, backup[..(late + 1000)]));
        Assert.Equal(ControlErrors.BackupCut, cut.Code);
        var came = (await HistoryAsync(B)).Count;
        Assert.InRange(came, 1, 3);
        Assert.StartsWith(
            $"This backup ends before its end. {came} of its copies",
            cut.Message,
            StringComparison.Ordinal
        );

        byte[] changed = [.. backup];
        changed[late + 1000] ^= 1;
        Assert.Equal(ControlErrors.BackupDamaged, await CodeAsync(changed));
        Assert.Equal(came, B.Blobs.Ids.Count());
        Assert.Equal(4 - came, (await ImportAsync(B, backup)).Clips);

        async Task<string> CodeAsync(byte[] bytes) => (await FailureAsync(() => ImportAsync(B, bytes))).Code;
    }

    [Fact]
    public async Task A_passphrase_has_ten_characters_and_one_export_is_made_at_a_time()
    {
        var weak = await FailureAsync(() => A.Control.ExportAsync("nine char"u8.ToArray(), default));
        Assert.Equal(ControlErrors.WeakPassphrase, weak.Code);
        Assert.Equal(ControlErrors.Empty, (await FailureAsync(() => A.Control.GetExportAsync(default))).Code);
        var first = await A.Control.ExportAsync(Passphrase, default);
        Assert.Equal(ControlErrors.Busy, (await FailureAsync(() => A.Control.ExportAsync(Passphrase, default))).Code);
        Assert.False((await A.Control.GetExportAsync(default)).IsWhole);
        await first.DisposeAsync();
        Assert.NotEmpty(await ExportAsync(A));
        Assert.True((await A.Control.GetExportAsync(default)).IsWhole);
    }

    /// <summary>Some clips are recorded in one go: what is deleted everywhere before that does not come after it.</summary>
    [Fact]
    public async Task What_is_deleted_while_it_is_imported_does_not_come_and_one_import_goes_at_a_time()
    {
        for (var i = 0; i < 8; i++)
        {
            await CopyAsync(A, $"{i} ".PadRight(60_000, 'x'));
        }
        var newest = (await HistoryAsync(A))[0].Id;
        var backup = await ExportAsync(A);
        // A chunk is opened when the one behind it is there: the records of the first are taken then.
        var stream = new HeldStream(backup, BackupHeader.Size + (2 * BackupSealer.SealedChunkSize));
        var importing = B.Control.ImportAsync(Passphrase, stream, false, default);
        await Watchdog.Within(stream.Reached, "the import to want the third chunk");
        Assert.Equal(ControlErrors.Busy, (await FailureAsync(() => ImportAsync(B, backup))).Code);
        var busy = await FailureAsync(() => B.Control.CheckBackupAsync(Passphrase, backup, default));
        Assert.Equal(ControlErrors.Busy, busy.Code);
        await B.OnAsync(() =>
            B.Store.CommitAsync(StoreStep.ChangeHistory, [new PutTombstone(Id(newest), Time.GetUtcNow())], default)
        );
        stream.GoOn();

        Assert.Equal(new ImportReport(7, 7 * 60_000) { Deleted = 1 }, await importing);
        Assert.DoesNotContain(newest, (await HistoryAsync(B)).Select(entry => entry.Id));
    }

    [Fact]
    public async Task Of_a_backup_that_is_damaged_no_rule_is_taken()
    {
        await A.Control.SetRuleAsync(new SetRuleRequest("out", null, "picture", "never", null), default);
        await A.Control.SetConfigAsync(ConfigKeys.ShareSecrets, "off", default);
        await CopyLargeAsync(A, 300_000);
        await B.Control.SetRuleAsync(new SetRuleRequest("in", null, null, "ask", null), default);
        var backup = await ExportAsync(A);
        backup[^1] ^= 1;

        var failure = await FailureAsync(() => ImportAsync(B, backup, settings: true));

        Assert.Equal(ControlErrors.BackupDamaged, failure.Code);
        Assert.Equal("in", (await B.Control.GetRulesAsync(default)).Single().Direction);
        var config = await B.Control.GetConfigAsync(default);
        Assert.Equal("on", config.Single(one => one.Key == ConfigKeys.ShareSecrets).Value);
    }

    /// <summary>It would stand before all that is copied until then.</summary>
    [Fact]
    public async Task What_has_a_time_to_come_is_counted_as_damaged()
    {
        await using var ahead = await LoneAgent.StartAsync(3, new FakeTimeProvider(Time.GetUtcNow().AddDays(30)));
        await CopyAsync(ahead, "from next month");
        Assert.Equal(new ImportReport(0, 0) { Damaged = 1 }, await ImportAsync(B, await ExportAsync(ahead)));
        Assert.Empty(await HistoryAsync(B));
    }

    private static byte[] Opened(byte[] backup)
    {
        Assert.Equal(
            BackupOpening.Opened,
            BackupOpener.TryOpen(backup.AsSpan(0, BackupHeader.Size), Passphrase, out var opener)
        );
        using (opener)
        {
            var plain = new List<byte>();
            var chunk = new byte[BackupSealer.ChunkSize];
            for (var at = BackupHeader.Size; at < backup.Length; at += BackupSealer.SealedChunkSize)
            {
                var isLast = at + BackupSealer.SealedChunkSize == backup.Length;
                var next = backup.AsSpan(at, BackupSealer.SealedChunkSize);
                Assert.Equal(BackupChunk.Opened, opener!.Open(next, isLast, chunk));
                plain.AddRange(chunk);
            }
            return [.. plain];
        }
    }
}
