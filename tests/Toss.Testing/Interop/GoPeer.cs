using System.Globalization;
using System.Net;
using Toss.Testing.Faults;
using Toss.Testing.Net;
using Toss.Testing.Platform;

namespace Toss.Testing.Interop;

/// <summary>
/// quic-go (tests/interop/gopeer, built by the tier): private ALPN, raw streams, mutual Ed25519 certificates, datagrams. The
/// server echoes; the client has things echoed and ends with 0 if all of it came back.
/// </summary>
public sealed class GoPeer : IDisposable
{
    public const string Alpn = "toss-interop/1";

    private readonly TemporaryFolder _folder = new();
    private int _runs;

    /// <param name="options">-retry, -refuse, -alpn NAME, -versions LIST, -update-keys PACKETS.</param>
    public async Task<InteropPeer> StartServerAsync(
        IReadOnlyList<string> options,
        IPEndPoint? at = null,
        LabNamespace? space = null
    )
    {
        at ??= new IPEndPoint(IPAddress.Loopback, PeerPrograms.FreePort());
        var peer = Start(space, "server", at, options, []);
        try
        {
            await peer.Program.LineAsync(
                "that it listens",
                line => line.StartsWith("listening ", StringComparison.Ordinal)
            );
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>So many streams at once, each of so many random bytes; then datagrams, one after another.</summary>
    /// <param name="options">-rebind, -close CODE, and what a server takes, but for -retry and -refuse.</param>
    public InteropPeer StartClient(
        IPEndPoint server,
        int streams,
        int bytes,
        int datagrams,
        IReadOnlyList<string> options,
        LabNamespace? space = null
    ) => Start(space, "client", server, options, [Number(streams), Number(bytes), Number(datagrams)]);

    /// <summary>What follows NAME= in a line that begins so: own-key of any, peer-key, alpn and suite of a connection.</summary>
    public static async Task<string> ValueAsync(InteropPeer peer, string name)
    {
        var line = await peer.Program.LineAsync($"its {name}", line => Find(line) is not null);
        return Find(line)!;

        string? Find(string line) =>
            line.Split(' ')
                .Where(part => part.StartsWith(name + "=", StringComparison.Ordinal))
                .Select(part => part[(name.Length + 1)..])
                .FirstOrDefault();
    }

    /// <summary>What a peer saw of a connection that is over, from its whole log.</summary>
    public static async Task<WireFacts> LoggedAsync(InteropPeer peer)
    {
        await peer.Program.LineAsync("that the log is written", line => line == "logged");
        return peer.Facts;
    }

    /// <summary>A certificate for our side.</summary>
    public PeerCertificate Certificate() => new(_folder, "ours");

    public void Dispose() => _folder.Dispose();

    private InteropPeer Start(
        LabNamespace? space,
        string role,
        IPEndPoint at,
        IReadOnlyList<string> options,
        IReadOnlyList<string> counts
    )
    {
        var run = string.Create(CultureInfo.InvariantCulture, $"{role}-{++_runs}");
        var logs = Directory.CreateDirectory(_folder[run]).FullName;
        var keyLog = _folder[run + ".keys"];
        var running = PeerPrograms.Start(
            space,
            Binary(),
            [role, .. options, "-qlog", logs, at.ToString(), .. counts],
            new Dictionary<string, string> { ["SSLKEYLOGFILE"] = keyLog }
        );
        return new InteropPeer(running, at, keyLog, () => Qlog.ReadFolder(logs));
    }

    private static string Binary() => Path.Combine(FaultPointList.Root, "artifacts", "interop", "gopeer");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
