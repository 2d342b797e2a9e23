using System.Net;
using Toss.Control;
using Toss.Relay;
using Toss.Relay.Hosting;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>A relay and two agents in this process, on loopback sockets and real stores.</summary>
public abstract class TwoDevices : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RelayServer _relay = null!;

    protected TestAgent A { get; private set; } = null!;

    protected TestAgent B { get; private set; } = null!;

    protected Uri RelayUrl => _relay.Url;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder["relay"]);
        _relay = await RelayServer.StartAsync(
            _folder["relay"],
            new IPEndPoint(IPAddress.Loopback, 0),
            udp: null,
            certificate: null,
            RelayRules.Default,
            TimeProvider.System,
            verbose: false
        );
        A = await TestAgent.StartAsync(_folder["a"], "Anna", _relay.Url);
        B = await TestAgent.StartAsync(_folder["b"], "Bert", _relay.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await _relay.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task PairAsync()
    {
        var (inviter, joiner) = await TestPairing.PairAsync(A.Control, B.Control);
        Assert.True(inviter is PairingDone, $"{inviter} {(await A.Control.GetStatusAsync(default)).Relay}");
        Assert.Equal("Bert", Assert.IsType<PairingDone>(inviter).Name);
        Assert.Equal("Anna", Assert.IsType<PairingDone>(joiner).Name);
    }
}
