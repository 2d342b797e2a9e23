using Toss.Core.Ports;
using Xunit;

namespace Toss.Testing.Platform;

/// <summary>What every key store keeps.</summary>
public abstract class KeyStoreConformance
{
    private static readonly byte[] First = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] Second = [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 7))];

    /// <summary>A store over the same place each time: a second one stands for the next start.</summary>
    protected abstract IKeyStore Open();

    [Fact]
    public async Task What_was_never_stored_is_missing()
    {
        var load = await LoadAsync("device");
        Assert.True(load.Status == KeyStoreStatus.Missing, $"{load.Status}: {load.Detail}");
        Assert.Null(load.Secret);
    }

    [Fact]
    public async Task What_is_stored_is_there_after_a_restart()
    {
        Assert.Equal(KeyStoreStatus.Ok, await StoreAsync("device", First));
        Assert.Equal(First, (await LoadAsync("device")).Secret);
    }

    [Fact]
    public async Task Storing_again_replaces()
    {
        await StoreAsync("device", First);
        Assert.Equal(KeyStoreStatus.Ok, await StoreAsync("device", Second));
        Assert.Equal(Second, (await LoadAsync("device")).Secret);
    }

    [Fact]
    public async Task Names_are_apart()
    {
        await StoreAsync("device", First);
        await StoreAsync("storage", Second);
        Assert.Equal(First, (await LoadAsync("device")).Secret);
        Assert.Equal(Second, (await LoadAsync("storage")).Secret);
    }

    [Fact]
    public async Task Names_that_could_be_paths_and_secrets_too_large_are_the_callers_mistake()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => LoadAsync("../device"));
        await Assert.ThrowsAsync<ArgumentException>(() => StoreAsync("", First));
        await Assert.ThrowsAsync<ArgumentException>(() => StoreAsync("device", new byte[4097]));
        await Assert.ThrowsAsync<ArgumentException>(() => StoreAsync("device", []));
    }

    protected async Task<KeyStoreLoad> LoadAsync(string name) =>
        await Watchdog.Within(Open().LoadAsync(name, CancellationToken.None), $"the key store to load {name}");

    protected async Task<KeyStoreStatus> StoreAsync(string name, byte[] secret) =>
        await Watchdog.Within(
            Open().StoreAsync(name, secret, CancellationToken.None),
            $"the key store to store {name}"
        );
}
