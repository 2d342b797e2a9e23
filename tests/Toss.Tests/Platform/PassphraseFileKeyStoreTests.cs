using System.Buffers.Binary;
using System.Security.Cryptography;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Platform.KeyStores;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class PassphraseFileKeyStoreTests : KeyStoreConformance, IDisposable
{
    /// <summary>The least Argon2 takes: what is tested here is the file, not the cost.</summary>
    private static readonly PassphraseCost Cheap = new(64, 1, 1);

    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)(100 + i))];

    private readonly TemporaryFolder _folder = new();
    private string? _typed = "correct horse";
    private int _asked;

    private string DeviceFile => Path.Combine(_folder["keys"], "device.sealed");

    protected override IKeyStore Open() =>
        new PassphraseFileKeyStore(
            _folder["keys"],
            _ =>
            {
                _asked++;
                return ValueTask.FromResult(_typed?.ToCharArray());
            },
            SystemRandomSource.Instance,
            Cheap
        );

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("wrong horse")]
    [InlineData("")]
    [InlineData("correct horse ")]
    public async Task Another_passphrase_is_told_apart_from_damage(string other)
    {
        await StoreAsync("device", Secret);
        _typed = other;
        var load = await LoadAsync("device");
        Assert.Equal(KeyStoreStatus.WrongPassphrase, load.Status);
        Assert.Null(load.Secret);
    }

    [Fact]
    public async Task Without_anybody_to_ask_it_is_locked()
    {
        await StoreAsync("device", Secret);
        _typed = null;
        Assert.Equal(KeyStoreStatus.Locked, (await LoadAsync("device")).Status);
        Assert.Equal(KeyStoreStatus.Locked, await StoreAsync("device", Secret));
    }

    [Fact]
    public async Task Nobody_is_asked_for_what_is_missing_or_damaged()
    {
        Assert.Equal(KeyStoreStatus.Missing, (await LoadAsync("device")).Status);
        await StoreAsync("device", Secret);
        var asked = _asked;
        File.WriteAllBytes(DeviceFile, [1, 2, 3]);
        Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
        Assert.Equal(asked, _asked);
    }

    [Fact]
    public async Task Cut_at_every_length_it_is_damaged()
    {
        await StoreAsync("device", Secret);
        var whole = File.ReadAllBytes(DeviceFile);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(DeviceFile, whole[..length]);
            Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
        }
        File.WriteAllBytes(DeviceFile, [.. whole, 0]);
        Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
    }

    [Fact]
    public async Task Any_flipped_byte_is_damage()
    {
        await StoreAsync("device", Secret);
        var whole = File.ReadAllBytes(DeviceFile);
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = whole.ToArray();
            flipped[at] ^= 0x10;
            File.WriteAllBytes(DeviceFile, flipped);
            Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
        }
    }

    [Theory]
    [InlineData(8, int.MaxValue)]
    [InlineData(8, 0)]
    [InlineData(8, -1)]
    [InlineData(12, 1_000_000)]
    [InlineData(12, 0)]
    [InlineData(16, 255)]
    [InlineData(16, 0)]
    public async Task A_planted_file_cannot_ask_for_endless_work(int at, int value)
    {
        await StoreAsync("device", Secret);
        var planted = File.ReadAllBytes(DeviceFile);
        BinaryPrimitives.WriteInt32BigEndian(planted.AsSpan(at), value);
        SHA256.HashData(planted.AsSpan(0, planted.Length - 32), planted.AsSpan(planted.Length - 32));
        File.WriteAllBytes(DeviceFile, planted);
        Assert.Equal(KeyStoreStatus.Damaged, (await LoadAsync("device")).Status);
    }

    [Fact]
    public async Task A_file_under_another_name_does_not_open()
    {
        await StoreAsync("device", Secret);
        File.Copy(DeviceFile, Path.Combine(_folder["keys"], "storage.sealed"));
        Assert.Equal(KeyStoreStatus.WrongPassphrase, (await LoadAsync("storage")).Status);
    }

    [Fact]
    public async Task The_secret_is_not_in_the_file_and_two_files_share_nothing()
    {
        await StoreAsync("device", Secret);
        var first = File.ReadAllBytes(DeviceFile);
        await StoreAsync("device", Secret);
        var second = File.ReadAllBytes(DeviceFile);
        Assert.Equal(-1, first.AsSpan().IndexOf(Secret.AsSpan(0, 8)));
        Assert.False(first.AsSpan(20, 16).SequenceEqual(second.AsSpan(20, 16)), "the salt is repeated");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DeviceFile));
    }

    [Fact]
    public async Task The_default_cost_works()
    {
        IKeyStore store = new PassphraseFileKeyStore(
            _folder["keys"],
            _ => ValueTask.FromResult<char[]?>("p\u00e4ss".ToCharArray()),
            SystemRandomSource.Instance
        );
        Assert.Equal(KeyStoreStatus.Ok, await store.StoreAsync("device", Secret, CancellationToken.None));
        Assert.Equal(Secret, (await store.LoadAsync("device", CancellationToken.None)).Secret);
    }
}
