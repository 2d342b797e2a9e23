using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Toss.Quic;
using Toss.Testing.Interop;
using Toss.Testing.Net;

namespace Toss.Benchmarks.Quic;

/// <summary>The same document from gtlsserver to gtlsclient, which throws it away.</summary>
internal sealed partial class Ngtcp2Run : IDisposable
{
    private readonly Ngtcp2 _programs = new();
    private readonly int _bytes;

    public Ngtcp2Run(int bytes)
    {
        _bytes = bytes;
        _programs.Serve(bytes);
    }

    /// <param name="control">Of the server's congestion: cubic, reno, bbr.</param>
    public async Task<Server> StartAsync(
        CipherSuite suite,
        string control,
        IPEndPoint? at = null,
        LabNamespace? serverSpace = null,
        LabNamespace? clientSpace = null
    )
    {
        string[] options = ["-q", $"--cc={control}"];
        var server = new Server(this, await _programs.StartServerAsync(options, at, serverSpace), suite, clientSpace);
        try
        {
            // Once with proof that all of it comes.
            await server.FetchAsync(keeps: true);
            return _programs.Downloaded.Length == _bytes
                ? server
                : throw new InvalidOperationException("gtlsclient did not get the document.");
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public void Dispose() => _programs.Dispose();

    internal sealed class Server(Ngtcp2Run run, InteropPeer peer, CipherSuite suite, LabNamespace? clientSpace)
        : IAsyncDisposable
    {
        public Task<(QuicFact Sender, QuicFact Receiver)> CarryAsync() => FetchAsync(keeps: false);

        public async Task<(QuicFact Sender, QuicFact Receiver)> FetchAsync(bool keeps)
        {
            var only = Ngtcp2.OnlySuite(suite == CipherSuite.Aes256GcmSha384 ? "AES-256-GCM" : "AES-128-GCM");
            var server = ProcessUse.Of(peer.Program.Pid).Cpu;
            var children = ChildrenCpu();
            var begin = Stopwatch.GetTimestamp();
            await using var client = run._programs.StartClient(peer.Address, ["-q", only], clientSpace, keeps);
            await client.Program.SucceedsAsync();
            var took = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            return (
                new QuicFact(took, (ProcessUse.Of(peer.Program.Pid).Cpu - server).TotalSeconds, 0, 0),
                new QuicFact(took, ChildrenCpu() - children, 0, 0)
            );
        }

        public ValueTask DisposeAsync() => peer.DisposeAsync();
    }

    /// <summary>Seconds of all processes that this one started and that ended: the client alone, between two looks.</summary>
    private static double ChildrenCpu()
    {
        const int Children = -1; // RUSAGE_CHILDREN
        var usage = new long[18];
        _ = GetUsage(Children, usage);
        return usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6);
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, [Out] long[] usage);
}
