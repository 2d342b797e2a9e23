using System.Diagnostics;
using Toss.Testing.Wine;
using Toss.Tests.Windows;
using Xunit;

[assembly: AssemblyFixture(typeof(PeerFixture))]

namespace Toss.Tests.Windows;

/// <summary>One foreign program for all tests: to start one takes longer than most of them.</summary>
public sealed class PeerFixture : IAsyncLifetime
{
    public WinPeerProgram Peer { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Peer = await WinPeerProgram.StartAsync(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "winpeer.exe"))
        );

    public ValueTask DisposeAsync() => Peer.DisposeAsync();
}
