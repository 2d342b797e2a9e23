using System.Buffers.Binary;
using System.Net;
using Toss.Control.Http;

namespace Toss.Control;

/// <summary>Backups: streamed both ways, and the passphrase in bodies alone.</summary>
public sealed partial class HttpControl
{
    public async Task<Stream> ExportAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, ControlProtocol.Export)
        {
            Content = new ReadOnlyMemoryContent(passphrase),
        };
        var response = await SendAsync(request, cancellation);
        // The response lives as long as its stream: disposing the stream gives the connection back.
        return await response.Content.ReadAsStreamAsync(cancellation);
    }

    public Task<ExportReport> GetExportAsync(CancellationToken cancellation) =>
        GetAsync(ControlProtocol.Export, ControlJson.Default.ExportReport, cancellation);

    public Task<ImportReport> ImportAsync(
        ReadOnlyMemory<byte> passphrase,
        Stream backup,
        bool settings,
        CancellationToken cancellation
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, ControlProtocol.Import)
        {
            Content = new BackupBody(passphrase, backup),
        };
        if (settings)
        {
            request.Headers.Add(ControlProtocol.SettingsHeader, ControlProtocol.Yes);
        }
        // A refusal (wrong version) comes before the backup is sent.
        request.Headers.ExpectContinue = true;
        return AskAsync(request, ControlJson.Default.ImportReport, cancellation);
    }

    /// <summary>The passphrase's length, the passphrase, and the backup.</summary>
    private sealed class BackupBody(ReadOnlyMemory<byte> passphrase, Stream backup) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream,
            TransportContext? context,
            CancellationToken cancellation
        )
        {
            var length = new byte[ControlProtocol.PassphraseLengthSize];
            BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)passphrase.Length));
            await stream.WriteAsync(length, cancellation);
            await stream.WriteAsync(passphrase, cancellation);
            await backup.CopyToAsync(stream, cancellation);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
