using System.Text;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Platform.Hosting;
using Toss.Platform.KeyStores;
using Toss.Platform.KeyStores.SecretService;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>The keyring as it is when things are not as they should be.</summary>
[Collection(SecretServiceCollection.Name)]
public sealed class SecretServiceTests : IAsyncLifetime
{
    private const string Password = "test-pw";

    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly SecretServiceKeyStore _store = new(
        "one",
        new SecretServiceLimits { Answer = TimeSpan.FromSeconds(5), Prompt = TimeSpan.FromSeconds(5) }
    );

    private SecretServiceBus _bus = null!;

    public async ValueTask InitializeAsync() => _bus = await SecretServiceBus.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _bus.DisposeAsync();
    }

    [Fact]
    public async Task Secret_tool_reads_what_we_wrote_and_finds_damage_made_by_others()
    {
        await _bus.StartKeyringAsync(Password);
        Assert.Equal(KeyStoreStatus.Ok, await StoreAsync());
        string[] attributes = ["application", "toss", "instance", "one", "name", "device"];
        Assert.Equal(Convert.ToBase64String(Secret), await _bus.SecretToolAsync(["lookup", .. attributes]));
        await _bus.SecretToolStoreAsync("not base64!", [.. attributes, "xdg:schema", "io.toss.Secret"]);
        var load = await LoadAsync();
        Assert.Equal(KeyStoreStatus.Damaged, load.Status);
        Assert.Null(load.Secret);
    }

    [Fact]
    public async Task Two_homes_do_not_see_each_other()
    {
        await _bus.StartKeyringAsync(Password);
        await StoreAsync();
        using var other = new SecretServiceKeyStore("two");
        Assert.Equal(KeyStoreStatus.Missing, (await other.LoadAsync("device", CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_locked_keyring_is_locked_and_never_missing()
    {
        await _bus.StartKeyringAsync(Password);
        await StoreAsync();
        await _bus.StopKeyringAsync();
        await _bus.StartKeyringAsync("another password");

        Assert.Equal(KeyStoreStatus.Locked, (await LoadAsync()).Status);
        // Nor for what was never there: who knows, while it is locked.
        Assert.Equal(KeyStoreStatus.Locked, (await LoadAsync("never-stored")).Status);
        Assert.Equal(KeyStoreStatus.Locked, await StoreAsync());
        Assert.Equal(KeyStoreStatus.Locked, await ProbeAsync());

        await _bus.StopKeyringAsync();
        await _bus.StartKeyringAsync(Password);
        Assert.Equal(Secret, (await LoadAsync()).Secret);
    }

    [Fact]
    public async Task A_bus_without_a_keyring_is_unavailable()
    {
        var load = await LoadAsync();
        Assert.Equal(KeyStoreStatus.Unavailable, load.Status);
        Assert.NotNull(load.Detail);
        Assert.Equal(KeyStoreStatus.Unavailable, await StoreAsync());
        Assert.Equal(KeyStoreStatus.Unavailable, await ProbeAsync());
    }

    [Fact]
    public async Task No_bus_is_unavailable()
    {
        await _bus.KillBusAsync();
        Assert.Equal(KeyStoreStatus.Unavailable, (await LoadAsync()).Status);
    }

    [Fact]
    public async Task The_process_outlives_its_bus_and_finds_the_next()
    {
        await _bus.StartKeyringAsync(Password);
        await StoreAsync();
        await _bus.KillBusAsync();
        Assert.Equal(KeyStoreStatus.Unavailable, (await LoadAsync()).Status);
        await _bus.StartBusAsync();
        await _bus.StartKeyringAsync(Password);
        Assert.Equal(Secret, (await LoadAsync()).Secret);
    }

    [Fact]
    public async Task A_keyring_that_hangs_is_unavailable_in_time_and_works_when_it_goes_on()
    {
        await _bus.StartKeyringAsync(Password);
        await StoreAsync();
        using (_bus.FreezeKeyring())
        {
            using var impatient = new SecretServiceKeyStore(
                "one",
                new SecretServiceLimits { Answer = TimeSpan.FromMilliseconds(300) }
            );
            var load = await Watchdog.Within(impatient.LoadAsync("device", CancellationToken.None), "a load");
            Assert.Equal(KeyStoreStatus.Unavailable, load.Status);
            Assert.Contains("in time", load.Detail, StringComparison.Ordinal);
        }
        Assert.Equal(Secret, (await LoadAsync()).Secret);
    }

    [Fact]
    public async Task A_caller_can_give_up()
    {
        await _bus.StartKeyringAsync(Password);
        using (_bus.FreezeKeyring())
        {
            using var giveUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
                await _store.LoadAsync("device", giveUp.Token)
            );
        }
    }

    [Fact]
    public async Task Auto_takes_the_keyring_if_there_is_one_and_a_key_file_if_not()
    {
        using var folder = new TemporaryFolder();
        var selector = new KeyStoreSelector(
            TossFolders.From(name => name == "TOSS_HOME" ? folder.Path : null, 0, _ => false),
            _ => ValueTask.FromResult<char[]?>(null),
            SystemRandomSource.Instance
        );
        var without = await selector.SelectAsync(KeyStoreSetting.Auto, null, CancellationToken.None);
        Assert.Equal("key-file", without.Store.Kind);
        await _bus.StartKeyringAsync(Password);
        var with = await selector.SelectAsync(KeyStoreSetting.Auto, null, CancellationToken.None);
        Assert.Equal("secret-service", with.Store.Kind);
        Assert.Equal(
            KeyStoreStatus.Ok,
            await with.Store.StoreAsync("device", Encoding.ASCII.GetBytes("x"), CancellationToken.None)
        );
    }

    private Task<KeyStoreLoad> LoadAsync(string name = "device") =>
        Watchdog.Within(_store.LoadAsync(name, CancellationToken.None), "a load");

    private Task<KeyStoreStatus> StoreAsync() =>
        Watchdog.Within(_store.StoreAsync("device", Secret, CancellationToken.None), "a store");

    private Task<KeyStoreStatus> ProbeAsync() => Watchdog.Within(_store.ProbeAsync(CancellationToken.None), "a probe");
}
