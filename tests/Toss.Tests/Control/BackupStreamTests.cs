using System.Text;
using Toss.Control;
using Toss.Control.Http;
using Toss.Crypto.Backups;
using Toss.Testing.Agents;
using Toss.Tests.Cli;
using Xunit;

namespace Toss.Tests.Control;

/// <summary>Backups over the socket: whole, both ways, and a failure that is heard while the other side still writes.</summary>
public sealed class BackupStreamTests : ControlBench
{
    /// <summary>More than any buffer between the two.</summary>
    private const int Large = 20_000_000;

    private static readonly byte[] passphrase = Encoding.UTF8.GetBytes("wörter für mich");

    [Fact]
    public async Task They_pass_whole_both_ways()
    {
        Agent.Backup = TestContent.Noise(Large);
        await using (var backup = await Client.ExportAsync(passphrase, Ct))
        {
            var read = new MemoryStream();
            await backup.CopyToAsync(read, Ct);
            Assert.Equal(Agent.Backup, read.ToArray());
        }
        Assert.Equal(Agent.Exported, await Client.GetExportAsync(Ct));
        Assert.Equal(
            Agent.Imported,
            await Client.ImportAsync(passphrase, new MemoryStream(Agent.Backup), settings: true, Ct)
        );
        Assert.Equal(Agent.Backup, Agent.ImportedBackup);
        await Client.ImportAsync(passphrase, new MemoryStream([]), settings: false, Ct);
        Assert.Equal(
            [
                "export with wörter für mich",
                "exported",
                "check with wörter für mich",
                "import with wörter für mich settings=True",
                "check with wörter für mich",
                "import with wörter für mich settings=False",
            ],
            Agent.Calls
        );
    }

    [Fact]
    public async Task A_backup_that_breaks_off_is_heard_to_break_off()
    {
        Agent.Backup = new byte[100_000];
        Agent.BackupBreaks = new IOException("broke");
        await using var backup = await Client.ExportAsync(passphrase, Ct);
        await Assert.ThrowsAnyAsync<IOException>(() => backup.CopyToAsync(Stream.Null, Ct));
    }

    /// <summary>A backup may have gigabytes, and an answer is read when all was sent.</summary>
    [Fact]
    public async Task A_wrong_passphrase_is_said_when_no_more_than_the_beginning_was_sent()
    {
        Agent.RefusesBackup = new ControlException(ControlErrors.WrongPassphrase, "not this one");
        var backup = new MemoryStream(TestContent.Noise(Large));
        var failure = await Assert.ThrowsAsync<ControlException>(() =>
            Client.ImportAsync(passphrase, backup, settings: false, Ct)
        );
        Assert.Equal(ControlErrors.WrongPassphrase, failure.Code);
        Assert.Equal(ControlProtocol.BackupBeginning, backup.Position);
        Assert.Equal(TestContent.Noise(Large)[..ControlProtocol.BackupBeginning], Agent.CheckedBeginning);
        Assert.InRange(BackupHeader.Size, 1, ControlProtocol.BackupBeginning);
        Assert.Equal(["check with wörter für mich"], Agent.Calls);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_to_its_end_is_not_taken_for_an_agent_that_ended()
    {
        var breaks = new BreakingStream(TestContent.Noise(1_000_000), new IOException("the disk broke"));
        var failure = await Assert.ThrowsAsync<ControlException>(() =>
            Client.ImportAsync(passphrase, breaks, settings: false, Ct)
        );
        Assert.Equal(ControlErrors.InvalidArgument, failure.Code);
        Assert.Contains("the disk broke", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_longer_than_a_passphrase_can_be_is_refused_and_what_was_one_is_wiped()
    {
        var longest = new byte[ControlProtocol.MaxPassword];
        longest.AsSpan().Fill((byte)'x');
        await using (await Client.ExportAsync(longest, Ct)) { }
        Assert.Equal(ControlProtocol.MaxPassword, Agent.LastSecret.Length);
        Assert.All(Agent.LastSecret.ToArray(), each => Assert.Equal(0, each));
        await Client.ImportAsync(longest, new MemoryStream([]), settings: false, Ct);
        Assert.Equal(ControlProtocol.MaxPassword, Agent.LastSecret.Length);
        Assert.All(Agent.LastSecret.ToArray(), each => Assert.Equal(0, each));
        var calls = Agent.Calls.Count;
        foreach (
            var call in new Func<byte[], Task>[]
            {
                secret => Client.ExportAsync(secret, Ct),
                secret => Client.CheckBackupAsync(secret, default, Ct),
                secret => Client.KeepHistoryAsync(secret, Ct),
            }
        )
        {
            var failure = await Assert.ThrowsAsync<ControlException>(() => call([.. longest, (byte)'x']));
            Assert.Equal(ControlErrors.InvalidArgument, failure.Code);
        }
        Assert.Equal(calls, Agent.Calls.Count);
    }

    [Fact]
    public async Task A_refusal_is_heard_though_much_is_still_to_be_sent()
    {
        Agent.Fail = new ControlException(ControlErrors.WrongPassphrase, "not this one");
        var failure = await Assert.ThrowsAsync<ControlException>(() =>
            Client.ImportAsync(passphrase, new MemoryStream(new byte[Large]), settings: false, Ct)
        );
        Assert.Equal(ControlErrors.WrongPassphrase, failure.Code);
        failure = await Assert.ThrowsAsync<ControlException>(() => Client.ExportAsync(passphrase, Ct));
        Assert.Equal(ControlErrors.WrongPassphrase, failure.Code);
    }
}
