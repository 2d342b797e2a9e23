using Microsoft.AspNetCore.Http.Features;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>Backups: as large as history is, so streamed both ways. A passphrase comes in a body, and is wiped.</summary>
internal sealed partial class ControlEndpoints
{
    private void MapBackups(ControlRoutes routes)
    {
        var json = ControlJson.Default;
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.Export,
                "A backup of history, settings and rules. The body is its passphrase, UTF-8; the answer is the backup."
            )
            {
                RequestMediaType = AnyBytes,
                AnswerMediaType = AnyBytes,
            },
            ExportAsync
        );
        routes.Get(
            ControlProtocol.Export,
            "What the last export wrote and left out, or has so far.",
            control.GetExportAsync,
            json.ExportReport
        );
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.CheckBackup,
                $"Whether a backup can be taken, before much of it is sent. The body is that of the import, of the backup its first {ControlProtocol.BackupBeginning} bytes."
            )
            {
                RequestMediaType = AnyBytes,
            },
            CheckBackupAsync
        );
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.Import,
                "Takes a backup into history. The body is the length of its passphrase (two bytes, big-endian), the passphrase, UTF-8, and the backup."
            )
            {
                RequestMediaType = AnyBytes,
                Headers =
                [
                    (
                        ControlProtocol.SettingsHeader,
                        $"`{ControlProtocol.Yes}` to take its settings and rules too.",
                        false
                    ),
                ],
                Answer = json.ImportReport,
            },
            ImportAsync
        );
    }

    private async Task ExportAsync(HttpContext context)
    {
        Stream backup;
        using (var passphrase = await SecretBody.ReadAsync(context))
        {
            backup = await control.ExportAsync(passphrase.Bytes, context.RequestAborted);
        }
        await using (backup)
        {
            context.Response.ContentType = AnyBytes;
            await backup.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }

    private async Task CheckBackupAsync(HttpContext context)
    {
        using var passphrase = await SecretBody.ReadBeginningAsync(context);
        var beginning = new byte[ControlProtocol.BackupBeginning];
        var length = await context.Request.Body.ReadAtLeastAsync(
            beginning,
            beginning.Length,
            throwOnEndOfStream: false,
            context.RequestAborted
        );
        await ControlRoutes.DoAsync(
            context,
            cancellation => control.CheckBackupAsync(passphrase.Bytes, beginning.AsMemory(0, length), cancellation)
        );
    }

    private async Task ImportAsync(HttpContext context)
    {
        // Whatever its length is: it is taken as it comes, and what history may hold bounds what stays.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }
        ImportReport report;
        using (var passphrase = await SecretBody.ReadBeginningAsync(context))
        {
            var isWithSettings = context.Request.Headers[ControlProtocol.SettingsHeader] == ControlProtocol.Yes;
            report = await TakeAsync(context, passphrase.Bytes, isWithSettings);
        }
        await ControlRoutes.AnswerAsync(context, report, ControlJson.Default.ImportReport);
    }

    /// <summary>What is refused is read to its end all the same: who still sends it would hear of a torn connection, and not of why.</summary>
    private async Task<ImportReport> TakeAsync(
        HttpContext context,
        ReadOnlyMemory<byte> passphrase,
        bool isWithSettings
    )
    {
        var body = context.Request.Body;
        try
        {
            return await control.ImportAsync(passphrase, body, isWithSettings, context.RequestAborted);
        }
        catch (ControlException)
        {
            await body.CopyToAsync(Stream.Null, context.RequestAborted);
            throw;
        }
    }
}
