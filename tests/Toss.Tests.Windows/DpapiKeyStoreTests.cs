using Toss.Core.Ports;
using Toss.Platform.KeyStores.Windows;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Windows;

public sealed class DpapiKeyStoreTests : KeyStoreConformance, IDisposable
{
    private static readonly byte[] secret = [.. Enumerable.Range(0, 32).Select(i => (byte)(i + 1))];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_secret_is_not_in_the_file()
    {
        await StoreAsync("device", secret);
        Assert.Equal(-1, (await File.ReadAllBytesAsync(_folder["keys/device.dpapi"])).AsSpan().IndexOf(secret));
    }

    [Fact]
    public async Task A_file_that_stands_for_another_secret_does_not_open()
    {
        await StoreAsync("device", secret);
        File.Copy(_folder["keys/device.dpapi"], _folder["keys/storage.dpapi"]);
        Assert.Equal(KeyStoreStatus.Unavailable, (await LoadAsync("storage")).Status);
    }

    [Fact]
    public async Task A_file_that_is_cut_or_flipped_anywhere_is_damaged_and_never_missing()
    {
        await StoreAsync("device", secret);
        var whole = await File.ReadAllBytesAsync(_folder["keys/device.dpapi"]);
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = whole.ToArray();
            flipped[at] ^= 0x10;
            foreach (var bad in (byte[][])[whole[..at], flipped])
            {
                await File.WriteAllBytesAsync(_folder["keys/device.dpapi"], bad);
                Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    protected override IKeyStore Open() => new DpapiKeyStore(_folder["keys"]);
}
