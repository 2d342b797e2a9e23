using System.Security.Cryptography;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Crypto.Records;

namespace Toss.Agent;

/// <summary>
/// What the KeyStore keeps: the DeviceKey and the key under which the store is sealed, as one secret, so that there is
/// never one without the other. A device that left its circle goes on with another DeviceKey; until the database says
/// which of the two is its own, the secret holds both (docs/protocol/identity.md).
/// </summary>
public sealed class DeviceSecrets : IDisposable
{
    /// <summary>Its name in the KeyStore.</summary>
    public const string Name = "device";

    /// <summary>One DeviceKey: version, seed, storage key.</summary>
    private const byte Version = 1;

    /// <summary>Two DeviceKeys while one takes over: version, both seeds, storage key.</summary>
    private const byte VersionOfTwo = 2;

    private readonly IKeyStore _store;
    private readonly IRandomSource _random;
    private readonly Action<DeviceKey> _mark;
    private readonly List<DeviceKey> _keys;

    private DeviceSecrets(
        IKeyStore store,
        IRandomSource random,
        Action<DeviceKey> mark,
        List<DeviceKey> keys,
        byte[] storageKey
    )
    {
        _store = store;
        _random = random;
        _mark = mark;
        _keys = keys;
        StorageKey = storageKey;
    }

    public byte[] StorageKey { get; }

    /// <summary>The only DeviceKey, or the elder of two.</summary>
    internal DeviceKey Key => _keys[0];

    /// <summary>
    /// Loads the secrets, or makes them on the very first start. <paramref name="expectedKey"/> is the marker an earlier
    /// start left outside the KeyStore: with it, a store that has nothing is locked or lost, never new.
    /// </summary>
    /// <param name="mark">Leaves that marker, durably.</param>
    public static async ValueTask<(KeyStoreStatus Status, DeviceSecrets? Secrets, string? Detail)> LoadOrCreateAsync(
        IKeyStore store,
        ReadOnlyMemory<byte>? expectedKey,
        Action<DeviceKey> mark,
        IRandomSource random,
        CancellationToken cancellation
    )
    {
        var load = await store.LoadAsync(Name, cancellation);
        DeviceSecrets secrets;
        if (load.Status == KeyStoreStatus.Ok)
        {
            var read = TryRead(load.Secret!, out var keys, out var storageKey);
            CryptographicOperations.ZeroMemory(load.Secret);
            if (!read)
            {
                return (KeyStoreStatus.Damaged, null, null);
            }
            secrets = new DeviceSecrets(store, random, mark, keys, storageKey);
            if (expectedKey is { } expected && !keys.Exists(key => Is(key, expected)))
            {
                secrets.Dispose();
                return (KeyStoreStatus.Damaged, null, "The key store holds the key of another device.");
            }
        }
        else if (load.Status != KeyStoreStatus.Missing || expectedKey is not null)
        {
            return (load.Status, null, load.Detail);
        }
        else
        {
            var storageKey = new byte[RecordCipher.KeySize];
            random.Fill(storageKey);
            secrets = new DeviceSecrets(store, random, mark, [DeviceKey.Generate(random)], storageKey);
            var status = await secrets.KeepAsync(secrets._keys, cancellation);
            if (status != KeyStoreStatus.Ok)
            {
                secrets.Dispose();
                return (status, null, null);
            }
        }
        if (expectedKey is null)
        {
            mark(secrets.Key);
        }
        return (KeyStoreStatus.Ok, secrets, null);
    }

    /// <summary>The DeviceKey with this public half; null if there is none.</summary>
    internal DeviceKey? Find(ReadOnlyMemory<byte> publicKey) => _keys.Find(key => Is(key, publicKey));

    /// <summary>
    /// A new DeviceKey, kept beside the present one. It takes over with the commit that says so;
    /// <see cref="SettleAsync"/> follows. Fails with <see cref="StoreException"/>.
    /// </summary>
    internal async ValueTask<DeviceKey> PrepareAsync(DeviceKey present, CancellationToken cancellation)
    {
        var next = DeviceKey.Generate(_random);
        var status = await KeepAsync([present, next], cancellation);
        if (status != KeyStoreStatus.Ok)
        {
            next.Dispose();
            throw new StoreException(
                StoreFailure.Other,
                $"The key store ({_store.Kind}) does not take the new key of this device: {Spoken(status)}."
            );
        }
        _keys.Add(next);
        return next;
    }

    /// <summary>The database says that this is the DeviceKey: forgets the other. If that fails the next start does it.</summary>
    internal async ValueTask SettleAsync(DeviceKey present, CancellationToken cancellation)
    {
        if (_keys.Count == 1)
        {
            return;
        }
        // While the KeyStore still has both, so that the marker never names a key that is not there.
        _mark(present);
        if (await KeepAsync([present], cancellation) == KeyStoreStatus.Ok)
        {
            foreach (var other in _keys.Where(key => key != present))
            {
                other.Dispose();
            }
            _keys.RemoveAll(key => key != present);
        }
    }

    public void Dispose()
    {
        foreach (var key in _keys)
        {
            key.Dispose();
        }
        CryptographicOperations.ZeroMemory(StorageKey);
    }

    internal static bool TryRead(byte[] secret, out List<DeviceKey> keys, out byte[] storageKey)
    {
        (keys, storageKey) = ([], []);
        var count =
            secret is [Version, ..] ? 1
            : secret is [VersionOfTwo, ..] ? 2
            : 0;
        var seeds = count * DeviceKey.SeedSize;
        if (count == 0 || secret.Length != 1 + seeds + RecordCipher.KeySize)
        {
            return false;
        }
        for (var at = 1; at <= seeds; at += DeviceKey.SeedSize)
        {
            if (!DeviceKey.TryImport(secret.AsSpan(at, DeviceKey.SeedSize), out var key))
            {
                return false;
            }
            keys.Add(key);
        }
        storageKey = secret[(1 + seeds)..];
        return true;
    }

    private async ValueTask<KeyStoreStatus> KeepAsync(IReadOnlyList<DeviceKey> keys, CancellationToken cancellation)
    {
        var secret = new byte[1 + keys.Count * DeviceKey.SeedSize + StorageKey.Length];
        secret[0] = keys.Count == 1 ? Version : VersionOfTwo;
        for (var i = 0; i < keys.Count; i++)
        {
            var seed = keys[i].Export();
            seed.CopyTo(secret, 1 + i * DeviceKey.SeedSize);
            CryptographicOperations.ZeroMemory(seed);
        }
        StorageKey.CopyTo(secret, secret.Length - StorageKey.Length);
        try
        {
            return await _store.StoreAsync(Name, secret, cancellation);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static bool Is(DeviceKey key, ReadOnlyMemory<byte> publicKey) =>
        key.PublicKey.Span.SequenceEqual(publicKey.Span);

    private static string Spoken(KeyStoreStatus status) =>
        status switch
        {
            KeyStoreStatus.Locked => "it is locked, unlock it",
            KeyStoreStatus.Unavailable => "it does not answer",
            _ => "it is damaged",
        };
}
