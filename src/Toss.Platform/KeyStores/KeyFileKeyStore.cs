using System.Security.Cryptography;
using Toss.Core.Ports;
using Toss.Platform.Hosting;

namespace Toss.Platform.KeyStores;

/// <summary>
/// Secrets in files of mode 0600 in a folder of mode 0700. Protects from other users of the machine, not from a thief of
/// the disk; disk encryption or another store does that. The calls touch the local disk for a few KiB and complete
/// synchronously.
/// </summary>
public sealed class KeyFileKeyStore(string folder) : IKeyStore
{
    public const string Name = "key-file";

    public string Kind => Name;

    public ValueTask<KeyStoreLoad> LoadAsync(string name, CancellationToken cancellation) =>
        ValueTask.FromResult(Load(PathOf(name)));

    public ValueTask<KeyStoreStatus> StoreAsync(
        string name,
        ReadOnlyMemory<byte> secret,
        CancellationToken cancellation
    )
    {
        SecretName.CheckSize(secret);
        var path = PathOf(name);
        var file = KeyFileFormat.Write(secret.Span);
        try
        {
            OwnerOnly.EnsureFolder(folder);
            DurableFile.Replace(path, file);
            return ValueTask.FromResult(KeyStoreStatus.Ok);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or PlatformException)
        {
            return ValueTask.FromResult(KeyStoreStatus.Unavailable);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(file);
        }
    }

    private string PathOf(string name)
    {
        SecretName.Check(name);
        return Path.Combine(folder, name + ".key");
    }

    private KeyStoreLoad Load(string path)
    {
        if (!KeyStoreFiles.TryRead(folder, path, KeyFileFormat.Limit, out var file, out var failure))
        {
            return failure;
        }
        try
        {
            return KeyFileFormat.TryRead(file, out var secret)
                ? new(KeyStoreStatus.Ok, secret)
                : new(KeyStoreStatus.Damaged, null, $"{path} is not a whole key file.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(file);
        }
    }
}
