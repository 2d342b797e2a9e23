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

    public Task CheckBackupAsync(
        ReadOnlyMemory<byte> passphrase,
        ReadOnlyMemory<byte> beginning,
        CancellationToken cancellation
    ) =>
        DoAsync(
            new HttpRequestMessage(HttpMethod.Post, ControlProtocol.CheckBackup)
            {
                Content = new BackupBody(passphrase, beginning, Stream.Null),
            },
            cancellation
        );

    public async Task<ImportReport> ImportAsync(
        ReadOnlyMemory<byte> passphrase,
        Stream backup,
        bool settings,
        CancellationToken cancellation
    )
    {
        // An answer is read when all was sent: so a wrong passphrase is asked about first, with no more than tells it.
        var beginning = new byte[ControlProtocol.BackupBeginning];
        var length = await backup.ReadAtLeastAsync(
            beginning,
            beginning.Length,
            throwOnEndOfStream: false,
            cancellation
        );
        await CheckBackupAsync(passphrase, beginning.AsMemory(0, length), cancellation);
        var body = new BackupBody(passphrase, beginning.AsMemory(0, length), backup);
        var request = new HttpRequestMessage(HttpMethod.Post, ControlProtocol.Import) { Content = body };
        if (settings)
        {
            request.Headers.Add(ControlProtocol.SettingsHeader, ControlProtocol.Yes);
        }
        try
        {
            return await AskAsync(request, ControlJson.Default.ImportReport, cancellation);
        }
        catch (ControlException) when (body.Unreadable is { } failure)
        {
            throw new ControlException(
                ControlErrors.InvalidArgument,
                $"the backup cannot be read: {failure.Message}",
                "what came before is in history; the same backup taken again goes on behind it"
            );
        }
    }

    /// <summary>The passphrase's length, the passphrase, and the backup.</summary>
    private sealed class BackupBody(ReadOnlyMemory<byte> passphrase, ReadOnlyMemory<byte> beginning, Stream rest)
        : HttpContent
    {
        private const int AtOnce = 128 * 1024;

        /// <summary>Why it was not all sent, if that is the backup's own fault: the other side only sees a body that ends too early.</summary>
        public Exception? Unreadable { get; private set; }

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
            await stream.WriteAsync(beginning, cancellation);
            var buffer = new byte[AtOnce];
            while (await ReadAsync(buffer, cancellation) is > 0 and var read)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            try
            {
                return await rest.ReadAsync(buffer, cancellation);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Unreadable = failure;
                throw;
            }
        }
    }
}
