using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Toss.Core.Ports;
using Toss.Platform.Hosting;
using Toss.Platform.Native;

namespace Toss.Platform.KeyStores.Windows;

/// <summary>
/// Secrets in files that Windows opens for this user alone (DPAPI): its key hangs on the login's password. A thief of the
/// disk has nothing; programs of the same user have all. The files are as durable as those of
/// <see cref="KeyFileKeyStore"/>; Windows' own credential store takes 2560 bytes and says nothing of durability.
/// </summary>
[SupportedOSPlatform("windows")]
public sealed class DpapiKeyStore(string folder) : IKeyStore
{
    public string Kind => DpapiFileFormat.Kind;

    public ValueTask<KeyStoreLoad> LoadAsync(string name, CancellationToken cancellation) =>
        ValueTask.FromResult(Load(name, PathOf(name)));

    public ValueTask<KeyStoreStatus> StoreAsync(
        string name,
        ReadOnlyMemory<byte> secret,
        CancellationToken cancellation
    )
    {
        SecretName.CheckSize(secret);
        var path = PathOf(name);
        if (!Crypt32.TryProtect(secret.Span, UseOf(name), out var @sealed, out _))
        {
            return ValueTask.FromResult(KeyStoreStatus.Unavailable);
        }
        try
        {
            OwnerOnly.EnsureFolder(folder);
            DurableFile.Replace(path, DpapiFileFormat.Write(@sealed));
            return ValueTask.FromResult(KeyStoreStatus.Ok);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or PlatformException)
        {
            return ValueTask.FromResult(KeyStoreStatus.Unavailable);
        }
    }

    private KeyStoreLoad Load(string name, string path)
    {
        if (!KeyStoreFiles.TryRead(folder, path, DpapiFileFormat.Limit, out var file, out var failure))
        {
            return failure;
        }
        if (!DpapiFileFormat.TryRead(file, out var @sealed))
        {
            return new(KeyStoreStatus.Damaged, null, $"{path} is not a whole key file.");
        }
        if (!Crypt32.TryUnprotect(@sealed, UseOf(name), out var secret, out var why))
        {
            // It is whole, so it is another user's, another machine's, or of before a password that was reset by force.
            return new(
                KeyStoreStatus.Unavailable,
                null,
                $"Windows does not open {path} for this user on this machine: {why}"
            );
        }
        if (secret.Length is 0 or > SecretName.SecretLimit)
        {
            CryptographicOperations.ZeroMemory(secret);
            return new(KeyStoreStatus.Damaged, null, $"{path} holds no key of ours.");
        }
        return new(KeyStoreStatus.Ok, secret);
    }

    private string PathOf(string name)
    {
        SecretName.Check(name);
        return Path.Combine(folder, name + ".dpapi");
    }

    /// <summary>A file that was renamed to stand for another secret does not open.</summary>
    private static byte[] UseOf(string name) => Encoding.UTF8.GetBytes($"toss key store/{name}");
}
