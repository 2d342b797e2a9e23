using System.Text;
using Toss.Control;
using Toss.Testing.Agents;
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
                "import with wörter für mich settings=True",
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
