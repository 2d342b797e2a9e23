using Toss.Core.Scheduling;
using Toss.Crypto;
using Toss.Net.Links;

namespace Toss.Net;

/// <summary>What all connections of one network share.</summary>
internal sealed class NetworkContext(TimeProvider time, IRandomSource random, NetworkOptions options)
{
    private ulong _generation;

    public TimeProvider Time { get; } = time;

    /// <summary>For everything that times out.</summary>
    public SteadyClock Clock { get; } = new(time);

    public IRandomSource Random { get; } = random;

    public NetworkOptions Options { get; } = options;

    public IRelayDialer Dialer { get; } = options.Dialer ?? new WebSocketDialer(options);

    /// <summary>What companions may have measured here.</summary>
    public BenchGate Benches { get; } = new();

    /// <summary>Starts a loop: on the thread pool, or where the options say.</summary>
    public Task Run(Func<Task> loop) => Options.Run is { } run ? run(loop) : Task.Run(loop);

    /// <summary>Numbers connections, so that what belongs to an earlier one is told apart.</summary>
    public ulong NextGeneration() => Interlocked.Increment(ref _generation);
}
