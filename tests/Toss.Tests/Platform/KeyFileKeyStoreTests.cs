using Toss.Core.Ports;
using Toss.Platform.KeyStores;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class KeyFileKeyStoreTests : KeyStoreConformance, IDisposable
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)(200 - i))];

    private readonly TemporaryFolder _folder = new();

    private string Keys => _folder["keys"];

    private string DeviceFile => Path.Combine(Keys, "device.key");

    protected override IKeyStore Open() => new KeyFileKeyStore(Keys);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_file_is_0600_in_a_folder_of_0700_and_nothing_is_left_beside_it()
    {
        await StoreAsync("device", Secret);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DeviceFile));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Keys)
        );
        Assert.Equal([DeviceFile], Directory.GetFileSystemEntries(Keys));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task A_file_open_to_others_is_refused_with_the_cure(UnixFileMode extra)
    {
        await StoreAsync("device", Secret);
        File.SetUnixFileMode(DeviceFile, File.GetUnixFileMode(DeviceFile) | extra);
        var load = await LoadAsync("device");
        Assert.Equal(KeyStoreStatus.Unavailable, load.Status);
        Assert.Null(load.Secret);
        Assert.Contains("chmod 600", load.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_is_refused()
    {
        await StoreAsync("other", Secret);
        File.CreateSymbolicLink(DeviceFile, Path.Combine(Keys, "other.key"));
        Assert.Equal(KeyStoreStatus.Unavailable, (await LoadAsync("device")).Status);
    }

    [Fact]
    public async Task A_dangling_link_is_not_a_missing_key()
    {
        await StoreAsync("other", Secret);
        File.CreateSymbolicLink(DeviceFile, Path.Combine(Keys, "nowhere"));
        Assert.Equal(KeyStoreStatus.Unavailable, (await LoadAsync("device")).Status);
    }

    [Fact]
    public async Task Cut_at_every_length_it_is_damaged()
    {
        await StoreAsync("device", Secret);
        var whole = await File.ReadAllBytesAsync(DeviceFile);
        for (var length = 0; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(DeviceFile, whole[..length]);
            Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
        }
    }

    [Fact]
    public async Task Any_flipped_byte_is_damage()
    {
        await StoreAsync("device", Secret);
        var whole = await File.ReadAllBytesAsync(DeviceFile);
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = whole.ToArray();
            flipped[at] ^= 0x40;
            await File.WriteAllBytesAsync(DeviceFile, flipped);
            Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
        }
    }

    [Fact]
    public async Task A_file_without_end_is_damaged_and_not_read()
    {
        await StoreAsync("device", Secret);
        await using (var stream = File.OpenWrite(DeviceFile))
        {
            stream.SetLength(1L << 40);
        }
        Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
    }

    [Fact]
    public async Task A_write_that_was_interrupted_does_not_hinder_the_next()
    {
        await StoreAsync("device", Secret);
        await File.WriteAllBytesAsync(DeviceFile + ".new", [1, 2, 3]);
        Assert.Equal(Secret, (await LoadAsync("device")).Secret);
        Assert.Equal(KeyStoreStatus.Ok, await StoreAsync("device", [9]));
        Assert.Equal([9], (await LoadAsync("device")).Secret);
    }
}
