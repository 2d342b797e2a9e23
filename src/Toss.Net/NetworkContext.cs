using Toss.Crypto;

namespace Toss.Net;

/// <summary>What all connections of one network share.</summary>
internal sealed class NetworkContext(TimeProvider time, IRandomSource random, NetworkOptions options)
{
    private ulong _generation;

    public TimeProvider Time { get; } = time;

    public IRandomSource Random { get; } = random;

    public NetworkOptions Options { get; } = options;

    public WebSocketDialer Dialer { get; } = new(options);

    /// <summary>Numbers connections, so that what belongs to an earlier one is told apart.</summary>
    public ulong NextGeneration() => Interlocked.Increment(ref _generation);
}
