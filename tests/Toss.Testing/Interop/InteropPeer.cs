using System.Net;
using Toss.Testing.Programs;

namespace Toss.Testing.Interop;

/// <summary>A QUIC program that is not ours, running. Ended by pid when disposed.</summary>
public sealed class InteropPeer(RunningProgram program, IPEndPoint address, string keyLog, Func<WireFacts> read)
    : IAsyncDisposable
{
    public RunningProgram Program => program;

    /// <summary>Where a server listens; where a client connects to.</summary>
    public IPEndPoint Address => address;

    /// <summary>NSS key log, for whoever decrypts a capture. There when the peer has had a connection.</summary>
    public string KeyLogFile => keyLog;

    /// <summary>What it saw so far. A server's is whole when it ended: <see cref="EndAsync"/> first.</summary>
    public WireFacts Facts => read();

    public Task EndAsync() => program.EndAsync();

    public ValueTask DisposeAsync() => program.DisposeAsync();
}
