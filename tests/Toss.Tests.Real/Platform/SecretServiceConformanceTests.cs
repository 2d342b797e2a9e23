using Toss.Core.Ports;
using Toss.Platform.KeyStores.SecretService;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>GNOME Keyring below, unlocked.</summary>
[Collection(SecretServiceCollection.Name)]
public sealed class SecretServiceConformanceTests : KeyStoreConformance, IAsyncLifetime
{
    private SecretServiceBus _bus = null!;

    public async ValueTask InitializeAsync()
    {
        _bus = await SecretServiceBus.StartAsync();
        await _bus.StartKeyringAsync("test-pw");
    }

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    protected override IKeyStore Open() => new SecretServiceKeyStore("test");
}
