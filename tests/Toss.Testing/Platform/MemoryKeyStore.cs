using Toss.Core.Ports;

namespace Toss.Testing.Platform;

/// <summary>A KeyStore in memory that answers what a test wants.</summary>
public sealed class MemoryKeyStore : IKeyStore
{
    public byte[]? Secret { get; set; }

    /// <summary>Instead of what it holds.</summary>
    public KeyStoreStatus? Answer { get; set; }

    public KeyStoreStatus StoreAnswer { get; set; } = KeyStoreStatus.Ok;

    /// <summary>Called when a secret was stored.</summary>
    public Action? Stored { get; set; }

    public string Kind => "memory";

    public ValueTask<KeyStoreLoad> LoadAsync(string name, CancellationToken cancellation) =>
        new(
            Answer is { } answer ? new KeyStoreLoad(answer, null)
            : Secret is { } secret ? new KeyStoreLoad(KeyStoreStatus.Ok, [.. secret])
            : new KeyStoreLoad(KeyStoreStatus.Missing, null)
        );

    public ValueTask<KeyStoreStatus> StoreAsync(
        string name,
        ReadOnlyMemory<byte> secret,
        CancellationToken cancellation
    )
    {
        if (StoreAnswer == KeyStoreStatus.Ok)
        {
            Secret = secret.ToArray();
            Stored?.Invoke();
        }
        return new(StoreAnswer);
    }
}
