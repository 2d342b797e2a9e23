using Toss.Crypto;
using Toss.Platform;
using Toss.Platform.Hosting;
using Toss.Platform.KeyStores;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class KeyStoreSelectorTests
{
    private readonly KeyStoreSelector _selector = new(
        new TossFolders("test", "/nonexistent/c", "/nonexistent/d", "/nonexistent/s", "/nonexistent/r"),
        _ => ValueTask.FromResult<char[]?>(null),
        SystemRandomSource.Instance
    );

    [Theory]
    [InlineData("secret-service")]
    [InlineData("passphrase-file")]
    [InlineData("key-file")]
    public async Task What_was_recorded_stays_whatever_is_asked(string recorded)
    {
        foreach (var setting in Enum.GetValues<KeyStoreSetting>())
        {
            var choice = await _selector.SelectAsync(setting, recorded, CancellationToken.None);
            Assert.Equal(recorded, choice.Store.Kind);
            Assert.False(choice.IsNew);
        }
    }

    [Theory]
    [InlineData("secret-service")]
    [InlineData("passphrase-file")]
    [InlineData("key-file")]
    public async Task The_first_time_the_setting_counts(string asked)
    {
        Assert.True(KeyStoreSelector.TryParse(asked, out var setting));
        var choice = await _selector.SelectAsync(setting, null, CancellationToken.None);
        Assert.Equal(asked, choice.Store.Kind);
        Assert.True(choice.IsNew);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("tpm")]
    [InlineData("")]
    public async Task A_record_of_another_version_is_no_reason_to_start_over(string recorded)
    {
        var failure = await Assert.ThrowsAsync<PlatformException>(async () =>
            await _selector.SelectAsync(KeyStoreSetting.Auto, recorded, CancellationToken.None)
        );
        Assert.Equal(PlatformFailure.UnknownKeyStore, failure.Failure);
    }

    [Fact]
    public async Task Data_protection_of_windows_is_asked_for_in_vain_elsewhere()
    {
        Assert.True(KeyStoreSelector.TryParse("dpapi", out var setting));
        var failure = await Assert.ThrowsAsync<PlatformException>(async () =>
            await _selector.SelectAsync(setting, null, CancellationToken.None)
        );
        Assert.Equal(PlatformFailure.UnknownKeyStore, failure.Failure);
    }

    [Fact]
    public void Settings_are_words()
    {
        Assert.True(KeyStoreSelector.TryParse("auto", out var setting));
        Assert.Equal(KeyStoreSetting.Auto, setting);
        Assert.False(KeyStoreSelector.TryParse("Auto", out _));
    }
}
