using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Windows;
using Toss.Testing.Platform;
using Toss.Testing.Wine;

namespace Toss.Tests.Windows;

/// <summary>Windows' clipboard below, winpeer as the user.</summary>
public sealed class WindowsConformanceTests(PeerFixture fixture) : ClipboardConformance
{
    private readonly WinPeerProgram _peer = fixture.Peer;

    protected override async ValueTask<IClipboard> CreateAsync()
    {
        await _peer.EmptyAsync();
        return new WindowsClipboard();
    }

    protected override async ValueTask UserCopiesAsync(ClipContent content) =>
        await _peer.CopyAsync([.. content.Representations.Select(ForeignFormats.Of)]);

    protected override async ValueTask UserEmptiesAsync() => await _peer.EmptyAsync();
}
