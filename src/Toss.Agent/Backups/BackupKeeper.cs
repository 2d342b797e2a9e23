using Toss.Control;
using Toss.Crypto.Backups;

namespace Toss.Agent.Backups;

/// <summary>One export and one import at a time: each reads or writes the whole history, and two would only take turns.</summary>
internal sealed class BackupKeeper(DeviceAgent agent)
{
    private BackupExport? _export;
    private bool _isExporting;
    private bool _isImporting;

    /// <summary>Of the last export; null if there was none.</summary>
    public ExportReport? LastExport => _export?.Report;

    public (BackupExport Export, byte[] Salt) BeginExport()
    {
        if (_isExporting)
        {
            throw Busy("Another export is under way.");
        }
        _isExporting = true;
        _export = new BackupExport(agent);
        var salt = new byte[BackupHeader.SaltSize];
        agent.Ports.Random.Fill(salt);
        return (_export, salt);
    }

    public void EndExport() => _isExporting = false;

    /// <summary>Throws if no import can begin now.</summary>
    public void CheckImport()
    {
        if (_isImporting)
        {
            throw Busy("Another import is under way.");
        }
        if (HistoryLock.In(agent.Device.Record).Count > 0)
        {
            throw new ControlException(
                ControlErrors.HistoryLocked,
                "History on this device is locked, since others removed it.",
                "`toss history --keep` asks for your password and keeps it; then import again."
            );
        }
    }

    public async ValueTask<BackupImport> BeginImportAsync(bool withSettings, CancellationToken cancellation)
    {
        CheckImport();
        _isImporting = true;
        try
        {
            var import = new BackupImport(agent, withSettings);
            await import.BeginAsync(cancellation);
            return import;
        }
        catch
        {
            _isImporting = false;
            throw;
        }
    }

    public async ValueTask EndImportAsync(BackupImport import)
    {
        try
        {
            await import.DisposeAsync();
        }
        finally
        {
            _isImporting = false;
        }
    }

    private static ControlException Busy(string message) =>
        new(ControlErrors.Busy, message, "Try again when it is over.");
}
