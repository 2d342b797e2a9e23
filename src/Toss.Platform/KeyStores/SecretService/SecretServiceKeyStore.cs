using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Toss.Core.Ports;

namespace Toss.Platform.KeyStores.SecretService;

/// <summary>
/// The desktop's keyring (GNOME Keyring, KWallet, KeePassXC) through libsecret. Every operation has a thread and a
/// connection of its own, one at a time, because a call may wait for a person.
/// </summary>
/// <param name="instance">Tells two homes of one user apart.</param>
public sealed class SecretServiceKeyStore(string instance, SecretServiceLimits? limits = null) : IKeyStore, IDisposable
{
    public const string Name = "secret-service";

    private readonly SecretServiceLimits _limits = limits ?? SecretServiceLimits.Default;
    private readonly SemaphoreSlim _one = new(1);

    public string Kind => Name;

    public async ValueTask<KeyStoreLoad> LoadAsync(string name, CancellationToken cancellation)
    {
        SecretName.Check(name);
        return await RunAsync(
            session => Load(session, name),
            failure => new KeyStoreLoad(KeyStoreStatus.Unavailable, null, failure),
            cancellation
        );
    }

    public async ValueTask<KeyStoreStatus> StoreAsync(
        string name,
        ReadOnlyMemory<byte> secret,
        CancellationToken cancellation
    )
    {
        SecretName.Check(name);
        SecretName.CheckSize(secret);
        return await RunAsync(session => Store(session, name, secret), _ => KeyStoreStatus.Unavailable, cancellation);
    }

    /// <summary>
    /// Whether a secret could be kept here: Ok, Locked (a person can unlock it), or Unavailable (no bus, no service, no
    /// collection, no answer). Never prompts.
    /// </summary>
    public async ValueTask<KeyStoreStatus> ProbeAsync(CancellationToken cancellation) =>
        await RunAsync(
            session =>
                session.DefaultCollection() switch
                {
                    CollectionState.Open => KeyStoreStatus.Ok,
                    CollectionState.Locked => KeyStoreStatus.Locked,
                    _ => KeyStoreStatus.Unavailable,
                },
            _ => KeyStoreStatus.Unavailable,
            cancellation
        );

    public void Dispose() => _one.Dispose();

    private KeyStoreLoad Load(SecretServiceSession session, string name)
    {
        using var attributes = new SecretAttributes(instance, name);
        switch (FindUnlocked(session, attributes))
        {
            case null:
                return new(KeyStoreStatus.Unavailable, null, session.Failure);
            case SecretPresence.Locked:
                return new(KeyStoreStatus.Locked, null, "The keyring is locked. Unlock it, then try again.");
            case SecretPresence.Missing:
                return new(KeyStoreStatus.Missing, null);
        }
        if (session.Lookup(attributes) is not { } text)
        {
            return new(KeyStoreStatus.Unavailable, null, session.Failure);
        }
        var secret = Decode(text);
        CryptographicOperations.ZeroMemory(text);
        return secret is null
            ? new(KeyStoreStatus.Damaged, null, "The keyring's item is not what Toss wrote.")
            : new(KeyStoreStatus.Ok, secret);
    }

    private KeyStoreStatus Store(SecretServiceSession session, string name, ReadOnlyMemory<byte> secret)
    {
        using var attributes = new SecretAttributes(instance, name);
        // Text, because other programs show passwords as text.
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(secret.Length)];
        Base64.EncodeToUtf8(secret.Span, text, out _, out var written);
        try
        {
            if (!session.TryStore(attributes, $"Toss: {name} ({instance})", text.AsSpan(0, written)))
            {
                return session.DefaultCollection() == CollectionState.Locked
                    ? KeyStoreStatus.Locked
                    : KeyStoreStatus.Unavailable;
            }
            // A device key is written once and never seen again until the next start: make sure that it is there.
            return session.Lookup(attributes) is { } stored && stored.AsSpan().SequenceEqual(text.AsSpan(0, written))
                ? KeyStoreStatus.Ok
                : KeyStoreStatus.Unavailable;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>Looks; if what is there is locked, lets the user unlock it and looks once more.</summary>
    private static SecretPresence? FindUnlocked(SecretServiceSession session, SecretAttributes attributes)
    {
        var presence = session.Find(attributes);
        return presence == SecretPresence.Locked && session.TryUnlock() ? session.Find(attributes) : presence;
    }

    private static byte[]? Decode(byte[] text)
    {
        if (text.Length > Base64.GetMaxEncodedToUtf8Length(SecretName.SecretLimit))
        {
            return null;
        }
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        try
        {
            return Base64.DecodeFromUtf8(text, buffer, out _, out var written) == OperationStatus.Done && written > 0
                ? buffer[..written]
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private async Task<T> RunAsync<T>(
        Func<SecretServiceSession, T> operation,
        Func<string?, T> unavailable,
        CancellationToken cancellation
    )
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            var thread = new Thread(() => Complete(done, () => Run(operation, unavailable, cancellation)))
            {
                IsBackground = true,
                Name = "toss secret service",
            };
            thread.Start();
            var result = await done.Task;
            cancellation.ThrowIfCancellationRequested();
            return result;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>A bug must surface where it is awaited, not end the process from this thread.</summary>
    private static void Complete<T>(TaskCompletionSource<T> done, Func<T> run)
    {
        try
        {
            done.SetResult(run());
        }
        catch (Exception failure)
        {
            done.SetException(failure);
        }
    }

    private T Run<T>(
        Func<SecretServiceSession, T> operation,
        Func<string?, T> unavailable,
        CancellationToken cancellation
    )
    {
        try
        {
            using var session = SecretServiceSession.TryOpen(_limits, cancellation, out var failure);
            return session is null ? unavailable(failure) : operation(session);
        }
        catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
        {
            return unavailable("libsecret (libsecret-1.so.0) is not installed.");
        }
    }
}
