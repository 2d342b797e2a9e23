using System.Globalization;
using System.Net;
using Toss.Testing.Net;
using Toss.Testing.Platform;

namespace Toss.Testing.Interop;

/// <summary>
/// ngtcp2's example programs (Debian: ngtcp2-client, ngtcp2-server): HTTP/3 only, X.509 only. Each instance has a folder with
/// a certificate, the document that is served and what was downloaded.
/// </summary>
public sealed class Ngtcp2 : IDisposable
{
    /// <summary>
    /// gtlsserver draws what it loses for what one call sends, which is a few dozen batches of a document, and none lost is no
    /// wonder; with this it draws for each packet.
    /// </summary>
    public const string PacketByPacket = "--max-gso-dgrams=1";

    private readonly TemporaryFolder _folder = new();
    private int _runs;

    public Ngtcp2()
    {
        foreach (var name in new[] { "documents", "downloads" })
        {
            Directory.CreateDirectory(_folder[name]);
        }
        Own = new PeerCertificate(_folder, "own");
        Serve(50_000);
    }

    /// <summary>What the servers serve and the clients fetch.</summary>
    public byte[] Document { get; private set; } = [];

    /// <summary>What a client fetched; nothing if there is no such file.</summary>
    public byte[] Downloaded =>
        File.Exists(_folder["downloads/document"]) ? File.ReadAllBytes(_folder["downloads/document"]) : [];

    /// <summary>What the programs show of themselves, unless they are told otherwise.</summary>
    public PeerCertificate Own { get; }

    /// <summary>As `--ciphers` takes it; exactly one of GnuTLS's names, such as AES-128-GCM.</summary>
    public static string OnlySuite(string name) => $"--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+{name}";

    /// <summary>Another document, of so many bytes.</summary>
    public void Serve(int length)
    {
        Document = new byte[length];
        new Random(length).NextBytes(Document);
        File.WriteAllBytes(_folder["documents/document"], Document);
    }

    /// <param name="options">Such as -V (Retry), --verify-client, -t 0.1 (loss), --cc=bbr.</param>
    /// <param name="at">Null: a free port of loopback.</param>
    public async Task<InteropPeer> StartServerAsync(
        IReadOnlyList<string> options,
        IPEndPoint? at = null,
        LabNamespace? space = null
    )
    {
        at ??= new IPEndPoint(IPAddress.Loopback, PeerPrograms.FreePort());
        var peer = Start(
            space,
            "gtlsserver",
            at,
            [.. options, "-d", _folder["documents"], at.Address.ToString(), Number(at.Port), Own.Key, Own.Certificate]
        );
        try
        {
            await PeerPrograms.BoundAsync(peer.Program, at.Port);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Asks for the document and ends. The exit code is 0 even where the server refused: look at the file and the facts.
    /// </summary>
    /// <param name="options">Such as --key-update=50ms --delay-stream=200ms, --change-local-addr=50ms, --key= --cert=.</param>
    /// <param name="keeps">False throws the document away as it comes.</param>
    public InteropPeer StartClient(
        IPEndPoint server,
        IReadOnlyList<string> options,
        LabNamespace? space = null,
        bool keeps = true
    ) =>
        Start(
            space,
            "gtlsclient",
            server,
            [
                .. options,
                "--exit-on-all-streams-close",
                .. keeps ? [$"--download={_folder["downloads"]}"] : Array.Empty<string>(),
                server.Address.ToString(),
                Number(server.Port),
                "https://localhost/document",
            ]
        );

    /// <summary>What a client takes to show its certificate.</summary>
    public static IReadOnlyList<string> Showing(PeerCertificate certificate) =>
        [$"--key={certificate.Key}", $"--cert={certificate.Certificate}"];

    /// <summary>A certificate of somebody else, for who is not to be trusted.</summary>
    public PeerCertificate Stranger() => new(_folder, "stranger");

    /// <summary>What a client takes to keep a session with a server and come back with it, 0-RTT included.</summary>
    public IReadOnlyList<string> Remembering =>
        [$"--session-file={_folder["session"]}", $"--tp-file={_folder["parameters"]}"];

    /// <summary>Whether a server gave such a client a session.</summary>
    public bool IsRemembered => File.Exists(_folder["session"]);

    public void Dispose() => _folder.Dispose();

    private InteropPeer Start(LabNamespace? space, string program, IPEndPoint at, IReadOnlyList<string> arguments)
    {
        var keyLog = _folder[string.Create(CultureInfo.InvariantCulture, $"{program}-{++_runs}.keys")];
        var environment = new Dictionary<string, string> { ["SSLKEYLOGFILE"] = keyLog };
        // Not quiet: the log is what facts are read from; but without the bytes.
        string[] log = ["--no-quic-dump", "--no-http-dump"];
        var running = PeerPrograms.Start(space, program, [.. log, .. arguments], environment);
        return new InteropPeer(running, at, keyLog, () => Ngtcp2Log.Read(running.Lines));
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
