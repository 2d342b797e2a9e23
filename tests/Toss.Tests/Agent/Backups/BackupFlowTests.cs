using Google.Protobuf;
using Toss.Agent.Backups;
using Toss.Core.Backups;
using Toss.Crypto;
using Toss.Crypto.Backups;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent.Backups;

/// <summary>However large a backup is, little of it is held: counted by what is read ahead of what is taken.</summary>
public sealed class BackupFlowTests
{
    /// <summary>Records of one chunk each: some hundred MiB, if anybody held them.</summary>
    private const int Records = 2_000;

    private static readonly byte[] passphrase = [.. "a passphrase"u8];

    [Fact]
    public async Task An_export_asks_for_the_next_record_when_the_last_was_read_and_an_import_reads_no_further()
    {
        var asked = 0;
        var isEnded = false;
        var piece = BackupFrames.Write(
            new BackupRecord { Piece = new BackupPiece { Content = ByteString.CopyFrom(new byte[120_000]) } }
        );
        var end = BackupFrames.Write(new BackupRecord { End = new BackupEnd() });
        var sealer = new BackupSealer(passphrase, new byte[BackupHeader.SaltSize], new PassphraseCost(8, 1, 1));
        await using var stream = new BackupStream(
            sealer,
            _ =>
            {
                asked++;
                ReadOnlyMemory<byte>? next = asked <= Records ? piece : end;
                return Task.FromResult(asked <= Records + 1 ? next : null);
            },
            () =>
            {
                isEnded = true;
                return Task.CompletedTask;
            }
        );
        using var source = await BackupSource.OpenAsync(stream, passphrase, default);
        Assert.Equal(0, asked);
        var taken = 0;
        while (await source.NextAsync(default) is not null)
        {
            taken++;
            Assert.InRange(asked - taken, 0, 5);
        }
        Assert.Equal(Records + 1, taken);
        Assert.False(isEnded);
        await stream.DisposeAsync();
        Assert.True(isEnded);
    }
}
