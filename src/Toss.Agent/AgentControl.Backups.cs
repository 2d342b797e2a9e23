using Toss.Agent.Backups;
using Toss.Control;
using Toss.Core.Backups;
using Toss.Core.Ports;
using Toss.Crypto.Backups;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Backups. Deriving keys, sealing, opening and checking signatures is done on the caller's thread; records are made and taken on the
/// agent's, one by one, so that everything else goes on between them.
/// </summary>
public sealed partial class AgentControl
{
    public async Task<Stream> ExportAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellation)
    {
        if (!BackupPassphrase.IsStrongEnough(passphrase.Span))
        {
            throw BackupPassphrase.Weak();
        }
        var (export, salt) = await OnAgentAsync(() =>
            new ValueTask<(BackupExport, byte[])>(agent.Backups.BeginExport())
        );
        try
        {
            var sealer = new BackupSealer(passphrase.Span, salt, agent.Options.BackupCost);
            // The reader's own token comes with each read; the export ends when its stream is disposed.
            var frames = export.FramesAsync(CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
            return new BackupStream(
                sealer,
                stop =>
                    OnAgentAsync(async () =>
                    {
                        stop.ThrowIfCancellationRequested();
                        return await frames.MoveNextAsync() ? frames.Current : (ReadOnlyMemory<byte>?)null;
                    }),
                () =>
                    OnAgentAsync(async () =>
                    {
                        try
                        {
                            await frames.DisposeAsync();
                        }
                        finally
                        {
                            agent.Backups.EndExport();
                        }
                        return true;
                    })
            );
        }
        catch
        {
            await OnAgentAsync(() =>
            {
                agent.Backups.EndExport();
                return new ValueTask<bool>(true);
            });
            throw;
        }
    }

    public Task<ExportReport> GetExportAsync(CancellationToken cancellation) =>
        OnAgentAsync(() =>
            new ValueTask<ExportReport>(
                agent.Backups.LastExport
                    ?? throw new ControlException(ControlErrors.Empty, "Nothing was exported since this agent started.")
            )
        );

    public async Task CheckBackupAsync(
        ReadOnlyMemory<byte> passphrase,
        ReadOnlyMemory<byte> beginning,
        CancellationToken cancellation
    )
    {
        await OnAgentAsync(() =>
        {
            agent.Backups.CheckImport();
            return new ValueTask<bool>(true);
        });
        BackupSource.Check(beginning.Span, passphrase.Span);
    }

    public async Task<ImportReport> ImportAsync(
        ReadOnlyMemory<byte> passphrase,
        Stream backup,
        bool settings,
        CancellationToken cancellation
    )
    {
        var import = await OnAgentAsync(() => agent.Backups.BeginImportAsync(settings, cancellation));
        try
        {
            using var source = await BackupSource.OpenAsync(backup, passphrase, cancellation);
            while (await source.NextAsync(cancellation) is { } record)
            {
                var clip =
                    record.KindCase == BackupRecord.KindOneofCase.Clip
                    && BackedUpClip.TryRead(record.Clip, agent.Ports.Time.GetUtcNow(), out var read)
                        ? read
                        : null;
                await OnAgentAsync(async () =>
                {
                    await import.TakeAsync(record, clip, cancellation);
                    return true;
                });
            }
            return import.Report;
        }
        catch (Exception failure)
        {
            await KeepWhatCameAsync(import);
            if (failure is ControlException { Code: ControlErrors.BackupCut or ControlErrors.BackupDamaged } known)
            {
                throw BackupFailures.After(known, import.Report.Clips);
            }
            throw;
        }
        finally
        {
            await OnAgentAsync(async () =>
            {
                await agent.Backups.EndImportAsync(import);
                return true;
            });
        }
    }

    /// <summary>However it ended: what came whole is in history.</summary>
    private async Task KeepWhatCameAsync(BackupImport import)
    {
        try
        {
            await OnAgentAsync(async () =>
            {
                await import.FlushAsync(CancellationToken.None);
                return true;
            });
        }
        catch (Exception failure) when (failure is StoreException or ControlException or ObjectDisposedException)
        {
            // What ended it is what is told.
        }
    }
}
