using System.Security.Cryptography;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Crypto.Records;

namespace Toss.Agent;

/// <summary>
/// What the KeyStore keeps: the DeviceKey and the key under which the store is sealed, as one secret, so that there is
/// never one without the other.
/// </summary>
public sealed class DeviceSecrets : IDisposable
{
    /// <summary>Its name in the KeyStore.</summary>
    public const string Name = "device";

    private const byte Version = 1;

    private DeviceSecrets(DeviceKey key, byte[] storageKey)
    {
        Key = key;
        StorageKey = storageKey;
    }

    public DeviceKey Key { get; }

    public byte[] StorageKey { get; }

    /// <summary>
    /// Loads the secrets, or makes them on the very first start. <paramref name="expectedKey"/> is the marker an earlier
    /// start left outside the KeyStore: with it, a store that has nothing is locked or lost, never new.
    /// </summary>
    public static async ValueTask<(KeyStoreStatus Status, DeviceSecrets? Secrets, string? Detail)> LoadOrCreateAsync(
        IKeyStore keys,
        ReadOnlyMemory<byte>? expectedKey,
        IRandomSource random,
        CancellationToken cancellation
    )
    {
        var load = await keys.LoadAsync(Name, cancellation);
        if (load.Status == KeyStoreStatus.Ok)
        {
            var read = TryRead(load.Secret!, out var secrets);
            CryptographicOperations.ZeroMemory(load.Secret);
            if (!read)
            {
                return (KeyStoreStatus.Damaged, null, null);
            }
            if (expectedKey is { } expected && !expected.Span.SequenceEqual(secrets.Key.PublicKey.Span))
            {
                secrets.Dispose();
                return (KeyStoreStatus.Damaged, null, "The key store holds the key of another device.");
            }
            return (KeyStoreStatus.Ok, secrets, null);
        }
        if (load.Status != KeyStoreStatus.Missing || expectedKey is not null)
        {
            return (load.Status, null, load.Detail);
        }
        var storageKey = new byte[RecordCipher.KeySize];
        random.Fill(storageKey);
        var made = new DeviceSecrets(DeviceKey.Generate(random), storageKey);
        var seed = made.Key.Export();
        var secret = new byte[1 + seed.Length + storageKey.Length];
        secret[0] = Version;
        seed.CopyTo(secret, 1);
        storageKey.CopyTo(secret, 1 + seed.Length);
        var status = await keys.StoreAsync(Name, secret, cancellation);
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(secret);
        return status == KeyStoreStatus.Ok ? (status, made, null) : (status, null, null);
    }

    public void Dispose()
    {
        Key.Dispose();
        CryptographicOperations.ZeroMemory(StorageKey);
    }

    internal static bool TryRead(byte[] secret, out DeviceSecrets secrets)
    {
        secrets = null!;
        if (
            secret.Length != 1 + DeviceKey.SeedSize + RecordCipher.KeySize
            || secret[0] != Version
            || !DeviceKey.TryImport(secret.AsSpan(1, DeviceKey.SeedSize), out var key)
        )
        {
            return false;
        }
        secrets = new DeviceSecrets(key, secret[(1 + DeviceKey.SeedSize)..]);
        return true;
    }
}
