using System.Collections.Concurrent;
using Toss.Quic;
using Toss.Testing.Interop;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>quic-go's program, and our side of what it does.</summary>
public abstract class GoRows : InteropRows
{
    private readonly PeerCertificate _own;
    private readonly ConcurrentQueue<string> _keyLog = new();

    protected GoRows(InteropTable table)
        : base(table) => _own = Peers.Certificate();

    private protected GoPeer Peers { get; } = new();

    /// <summary>What our side says for packet analysers.</summary>
    private protected IReadOnlyCollection<string> KeyLog => _keyLog;

    protected override void Clean() => Peers.Dispose();

    /// <summary>We connect, and do something with the connection; then it is closed and both ends are read.</summary>
    private protected async Task<Ended> DialAsync(
        IReadOnlyList<string> options,
        Func<QuicConnection, Task> act,
        CipherSuite? suite = null,
        long code = 42
    )
    {
        await using var server = await Peers.StartServerAsync(options);
        await using var ours = new OurPeer(server: null, sockets: 2);
        var connection = await ours.DialAsync(Options(suite), server.Address);
        await Watchdog.Within(act(connection), "what is done with the connection");
        await connection.CloseAsync(code, "done");
        await CheckKeysAsync(connection, server);
        var facts = await GoPeer.LoggedAsync(server);
        return new Ended(connection, await connection.Closed, facts, ours.Counters, server);
    }

    /// <summary>gopeer connects, and has everything echoed by us.</summary>
    private protected async Task<Ended> ServeAsync(
        IReadOnlyList<string> options,
        int streams = 1,
        int bytes = 10_000,
        int datagrams = 0,
        CipherSuite? suite = null,
        AcceptFilter? filter = null,
        Action<QuicConnection>? before = null
    )
    {
        await using var ours = new OurPeer(Options(suite), filter);
        await using var client = Peers.StartClient(ours.Local, streams, bytes, datagrams, options);
        var connection = await ours.AcceptAsync();
        before?.Invoke(connection);
        var serving = EchoApplication.ServeAsync(connection);
        await client.Program.SucceedsAsync();
        await CheckKeysAsync(connection, client);
        var end = await Watchdog.Within(serving, "the client's end");
        return new Ended(connection, end, client.Facts, ours.Counters, client);
    }

    private protected ConnectionOptions Options(
        CipherSuite? suite = null,
        bool trusts = true,
        bool withCredential = true
    )
    {
        var tls = new TlsOptions
        {
            Protocols = [GoPeer.Alpn],
            Form = CredentialForm.X509,
            Credential = withCredential ? _own.Credential : null,
            // Whose key it is, is compared later: gopeer makes one when it starts.
            CheckPeer = _ => trusts,
            KeyLog = _keyLog.Enqueue,
        };
        return new ConnectionOptions
        {
            Tls = suite is { } only ? tls with { Suites = [only] } : tls,
            MaxDatagramFrameSize = 1200,
        };
    }

    /// <summary>Each side knows the other's key.</summary>
    private async Task CheckKeysAsync(QuicConnection connection, InteropPeer peer)
    {
        Assert.Equal(Convert.ToHexStringLower(connection.Peer!.PublicKey), await GoPeer.ValueAsync(peer, "own-key"));
        Assert.Equal(Convert.ToHexStringLower(_own.Credential.PublicKey), await GoPeer.ValueAsync(peer, "peer-key"));
    }

    /// <param name="Facts">Of the other side.</param>
    internal sealed record Ended(
        QuicConnection Connection,
        CloseReason End,
        WireFacts Facts,
        EndpointCounters Endpoint,
        InteropPeer Peer
    );
}
