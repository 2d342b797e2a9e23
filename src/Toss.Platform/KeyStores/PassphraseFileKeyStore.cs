using System.Security.Cryptography;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Platform.Hosting;

namespace Toss.Platform.KeyStores;

/// <summary>Asks for the passphrase; null if nobody can be asked. The store zeroes what it got.</summary>
public delegate ValueTask<char[]?> PassphraseSource(CancellationToken cancellation);

/// <summary>
/// Secrets in files sealed under a passphrase: for machines without a keyring whose disk may be stolen. The derivation
/// takes a fraction of a second on purpose, and runs on the thread pool.
/// </summary>
public sealed class PassphraseFileKeyStore(
    string folder,
    PassphraseSource passphrase,
    IRandomSource random,
    PassphraseCost? cost = null
) : IKeyStore
{
    public const string Name = "passphrase-file";

    private readonly PassphraseCost _cost = cost ?? PassphraseCost.Default;

    public string Kind => Name;

    public async ValueTask<KeyStoreLoad> LoadAsync(string name, CancellationToken cancellation)
    {
        var path = PathOf(name);
        if (!KeyStoreFiles.TryRead(folder, path, PassphraseFileFormat.Limit, out var file, out var failure))
        {
            return failure;
        }
        // Before anybody is asked: a damaged file needs no passphrase.
        if (!PassphraseFileFormat.TryReadHeader(file, out var asked))
        {
            return new(KeyStoreStatus.Damaged, null, $"{path} is not a whole passphrase file.");
        }
        if (await passphrase(cancellation) is not { } typed)
        {
            return new(KeyStoreStatus.Locked, null, "The key needs its passphrase.");
        }
        return await Task.Run(
            () =>
            {
                try
                {
                    return PassphraseFileFormat.TryOpen(name, file, typed, asked, out var secret)
                        ? new KeyStoreLoad(KeyStoreStatus.Ok, secret)
                        : new KeyStoreLoad(KeyStoreStatus.WrongPassphrase, null);
                }
                finally
                {
                    Zero(typed);
                }
            },
            CancellationToken.None
        );
    }

    public async ValueTask<KeyStoreStatus> StoreAsync(
        string name,
        ReadOnlyMemory<byte> secret,
        CancellationToken cancellation
    )
    {
        SecretName.CheckSize(secret);
        var path = PathOf(name);
        if (await passphrase(cancellation) is not { } typed)
        {
            return KeyStoreStatus.Locked;
        }
        return await Task.Run(
            () =>
            {
                try
                {
                    var file = PassphraseFileFormat.Seal(name, secret.Span, typed, _cost, random);
                    OwnerOnly.EnsureFolder(folder);
                    DurableFile.Replace(path, file);
                    return KeyStoreStatus.Ok;
                }
                catch (Exception failure)
                    when (failure is IOException or UnauthorizedAccessException or PlatformException)
                {
                    return KeyStoreStatus.Unavailable;
                }
                finally
                {
                    Zero(typed);
                }
            },
            CancellationToken.None
        );
    }

    private string PathOf(string name)
    {
        SecretName.Check(name);
        return Path.Combine(folder, name + ".sealed");
    }

    private static void Zero(char[] typed) =>
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(typed.AsSpan()));
}
