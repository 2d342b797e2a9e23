using Toss.Quic;
using Toss.Testing.Interop;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>ngtcp2's programs with a document to serve and to fetch, and our side of it.</summary>
[InteropPeer("ngtcp2")]
public abstract class Ngtcp2Rows(InteropTable table) : InteropRows(table)
{
    private protected Ngtcp2 Peers { get; } = new();

    protected override void Clean() => Peers.Dispose();

    /// <summary>We fetch the document.</summary>
    /// <param name="before">What is done before it is asked for.</param>
    private protected async Task<Fetched> FetchAsync(
        IReadOnlyList<string> options,
        Func<QuicConnection, Task>? before = null
    )
    {
        await using var server = await Peers.StartServerAsync(options);
        await using var ours = new OurPeer(server: null, sockets: 2);
        var connection = await ours.DialAsync(Options(), server.Address);
        if (before is not null)
        {
            await Watchdog.Within(before(connection), "what comes before the request");
        }
        Assert.Equal(Peers.Document, await Http3Application.FetchAsync(connection));
        await connection.CloseAsync();
        await ours.DisposeAsync();
        await server.EndAsync();
        return new Fetched(connection, server.Facts, server.Program.Lines);
    }

    /// <summary>gtlsclient fetches the document from us.</summary>
    /// <param name="mayVanish">Its goodbye, a single packet, may not come: it is not waited for.</param>
    private protected async Task<Served> ServeAsync(
        IReadOnlyList<string> options,
        AcceptFilter? filter = null,
        Action<QuicConnection>? before = null,
        bool mayVanish = false
    )
    {
        await using var ours = new OurPeer(Options(), filter);
        await using var client = Peers.StartClient(ours.Local, [.. Ngtcp2.Showing(Peers.Own), .. options]);
        var connection = await ours.AcceptAsync();
        before?.Invoke(connection);
        var serving = Http3Application.ServeAsync(connection, Peers.Document);
        await client.Program.SucceedsAsync();
        Assert.Equal(Peers.Document, Peers.Downloaded);
        if (mayVanish)
        {
            await connection.CloseAsync();
        }
        await Watchdog.Within(serving, "the client's end");
        return new Served(connection, await connection.Closed, client.Facts, ours.Counters, client.Program.Lines);
    }

    /// <summary>Of either side.</summary>
    private protected ConnectionOptions Options(bool withCredential = true, bool trusts = true) =>
        new()
        {
            Tls = new TlsOptions
            {
                Protocols = ["h3"],
                Form = CredentialForm.X509,
                Credential = withCredential ? Peers.Own.Credential : null,
                CheckPeer = peer => trusts && peer.PublicKey.AsSpan().SequenceEqual(Peers.Own.Credential.PublicKey),
            },
        };

    /// <param name="Facts">The server's.</param>
    internal sealed record Fetched(QuicConnection Connection, WireFacts Facts, IReadOnlyList<string> Said);

    /// <param name="Facts">The client's.</param>
    internal sealed record Served(
        QuicConnection Connection,
        CloseReason End,
        WireFacts Facts,
        EndpointCounters Endpoint,
        IReadOnlyList<string> Said
    );
}
