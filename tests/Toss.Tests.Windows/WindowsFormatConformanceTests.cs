using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Windows;
using Toss.Testing.Platform;
using Toss.Testing.Wine;

namespace Toss.Tests.Windows;

/// <summary>Windows' clipboard below, winpeer beside us.</summary>
public sealed class WindowsFormatConformanceTests(PeerFixture fixture) : FormatConformance
{
    private readonly WinPeerProgram _peer = fixture.Peer;

    protected override IReadOnlyList<ForeignProgram> Programs =>
        [
            new(
                "winpeer",
                // Windows has no memory of size nothing.
                content => content.Bytes.Length > 0 || content.MediaType is MediaTypes.Text or MediaTypes.Html,
                async content => await _peer.CopyAsync(ForeignFormats.Of(content)),
                async mediaType =>
                    ForeignFormats.ToOurs(mediaType, await _peer.ReadAsync())
                    ?? throw new InvalidOperationException($"The clipboard has no {mediaType}.")
            ),
        ];

    protected override async ValueTask<IClipboard> CreateAsync()
    {
        await _peer.EmptyAsync();
        return new WindowsClipboard();
    }
}
