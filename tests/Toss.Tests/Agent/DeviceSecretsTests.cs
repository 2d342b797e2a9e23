using Toss.Agent;
using Toss.Core.Ports;
using Toss.Crypto.Identity;
using Toss.Testing;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class DeviceSecretsTests
{
    private readonly SeededRandomSource _random = new(1);
    private readonly MemoryKeyStore _keys = new();
    private readonly List<DeviceKey> _marked = [];

    [Fact]
    public async Task Made_once_and_the_same_ever_after()
    {
        var (made, first, _) = await LoadAsync();
        var (loaded, second, _) = await LoadAsync(first!.Key.PublicKey);

        Assert.Equal((KeyStoreStatus.Ok, KeyStoreStatus.Ok), (made, loaded));
        Assert.Equal(first.Key.Id, second!.Key.Id);
        Assert.Equal(first.StorageKey, second.StorageKey);
        Assert.NotEqual(new byte[first.StorageKey.Length], first.StorageKey);
    }

    [Theory]
    [InlineData(KeyStoreStatus.Locked)]
    [InlineData(KeyStoreStatus.Unavailable)]
    [InlineData(KeyStoreStatus.WrongPassphrase)]
    [InlineData(KeyStoreStatus.Damaged)]
    public async Task A_store_that_does_not_answer_never_leads_to_a_new_identity(KeyStoreStatus status)
    {
        _keys.Answer = status;

        var (result, secrets, _) = await LoadAsync();

        Assert.Equal(status, result);
        Assert.Null(secrets);
        Assert.Null(_keys.Secret);
    }

    [Fact]
    public async Task A_store_that_lost_the_key_of_a_known_device_makes_no_other()
    {
        var (result, secrets, _) = await LoadAsync(new byte[32]);

        Assert.Equal(KeyStoreStatus.Missing, result);
        Assert.Null(secrets);
        Assert.Null(_keys.Secret);
    }

    [Fact]
    public async Task The_key_of_another_device_is_refused()
    {
        await LoadAsync();

        var (result, secrets, detail) = await LoadAsync(new byte[32]);

        Assert.Equal(KeyStoreStatus.Damaged, result);
        Assert.Null(secrets);
        Assert.NotNull(detail);
    }

    [Fact]
    public async Task Every_other_length_or_version_is_damage()
    {
        await LoadAsync();
        var whole = _keys.Secret!;
        foreach (var wrong in new[] { whole[..^1], [.. whole, 0], [2, .. whole[1..]], [] })
        {
            _keys.Secret = wrong;
            Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync()).Status);
        }
    }

    [Fact]
    public async Task What_cannot_be_stored_is_not_used()
    {
        _keys.StoreAnswer = KeyStoreStatus.Locked;

        var (result, secrets, _) = await LoadAsync();

        Assert.Equal(KeyStoreStatus.Locked, result);
        Assert.Null(secrets);
    }

    private ValueTask<(KeyStoreStatus Status, DeviceSecrets? Secrets, string? Detail)> LoadAsync(
        ReadOnlyMemory<byte>? expected = null
    ) => DeviceSecrets.LoadOrCreateAsync(_keys, expected, _marked.Add, _random, TestContext.Current.CancellationToken);
}
