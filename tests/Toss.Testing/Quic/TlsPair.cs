using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.X509;
using Toss.Quic;
using Toss.Quic.Tls;
using Toss.Testing.Simulation;

namespace Toss.Testing.Quic;

/// <summary>A client and a server that hand each other CRYPTO bytes, and what came out of each.</summary>
internal sealed class TlsPair : IDisposable
{
    public const string Protocol = "probe/1";

    public static readonly Ed25519PrivateKeyParameters ClientKey = Key(1);
    public static readonly Ed25519PrivateKeyParameters ServerKey = Key(2);

    private static readonly byte[] ClientCertificate = SelfSigned(ClientKey);
    private static readonly byte[] ServerCertificate = SelfSigned(ServerKey);

    /// <summary>Sees each flight before it is delivered and may replace it.</summary>
    public Func<bool, TlsLevel, byte[], byte[]>? Intercept { get; init; }

    public int PieceLength { get; init; } = int.MaxValue;

    public TlsEngine Client { get; }

    public TlsEngine Server { get; }

    public List<TlsEvent> ClientEvents { get; } = [];

    public List<TlsEvent> ServerEvents { get; } = [];

    /// <summary>Everything sent, in order: by the client?, level, bytes.</summary>
    public List<(bool ByClient, TlsLevel Level, byte[] Bytes)> Flights { get; } = [];

    public TlsPair(TlsOptions client, TlsOptions server)
    {
        Client = TlsEngine.Client(client);
        Server = TlsEngine.Server(server);
    }

    public static byte[] PublicKey(Ed25519PrivateKeyParameters key) => key.GeneratePublicKey().GetEncoded();

    public static TlsOptions Options(bool client, CredentialForm form = CredentialForm.RawPublicKey, int seed = 7)
    {
        var (ours, theirs) = client ? (ClientKey, ServerKey) : (ServerKey, ClientKey);
        var pin = PublicKey(theirs);
        var key = PublicKey(ours);
        var sign = TlsCredential.SignWith(ours);
        return new TlsOptions
        {
            Random = new SimQuicRandom((ulong)(seed * 2 + (client ? 0 : 1))),
            Protocols = [Protocol],
            TransportParameters = client ? new byte[] { 1, 2, 3 } : new byte[] { 4, 5, 6, 7 },
            Credential =
                form == CredentialForm.RawPublicKey
                    ? TlsCredential.RawKey(key, sign)
                    : TlsCredential.X509(key, client ? ClientCertificate : ServerCertificate, sign),
            Form = form,
            CheckPeer = peer => peer.PublicKey.AsSpan().SequenceEqual(pin),
        };
    }

    /// <summary>Delivers until both are silent.</summary>
    public TlsPair Run()
    {
        for (var (round, moved) = (0, true); moved && round < 8; round++)
        {
            moved = Deliver(byClient: true) | Deliver(byClient: false);
        }
        return this;
    }

    /// <summary>Delivers all that one side wants sent.</summary>
    public bool Deliver(bool byClient)
    {
        var (from, to) = byClient ? (Client, Server) : (Server, Client);
        var moved = false;
        foreach (var level in Enum.GetValues<TlsLevel>())
        {
            var bytes = new byte[from.PendingOutput(level)];
            if (from.TakeOutput(level, bytes) == 0)
            {
                continue;
            }
            moved = true;
            Flights.Add((byClient, level, bytes));
            bytes = Intercept?.Invoke(byClient, level, bytes) ?? bytes;
            for (var at = 0; at < bytes.Length && to.Error == 0; )
            {
                var length = Math.Min(PieceLength, bytes.Length - at);
                _ = to.Receive(level, bytes.AsSpan(at, length));
                at += length;
            }
            Collect();
        }
        Collect();
        return moved;
    }

    public static TlsEvent.Keys[] Keys(List<TlsEvent> events) => [.. events.OfType<TlsEvent.Keys>()];

    public static TlsEvent.Complete Outcome(List<TlsEvent> events) => events.OfType<TlsEvent.Complete>().Single();

    public static byte[] Parameters(List<TlsEvent> events) =>
        events.OfType<TlsEvent.PeerParameters>().Single().TransportParameters;

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private void Collect()
    {
        while (Client.TryNext(out var next))
        {
            ClientEvents.Add(next);
        }
        while (Server.TryNext(out var next))
        {
            ServerEvents.Add(next);
        }
    }

    private static Ed25519PrivateKeyParameters Key(byte seed)
    {
        var bytes = new byte[32];
        bytes[0] = seed;
        return new Ed25519PrivateKeyParameters(bytes);
    }

    private static byte[] SelfSigned(Ed25519PrivateKeyParameters key)
    {
        var generator = new X509V3CertificateGenerator();
        var name = new X509Name("CN=peer");
        generator.SetSerialNumber(BigInteger.One);
        generator.SetIssuerDN(name);
        generator.SetSubjectDN(name);
        generator.SetNotBefore(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        generator.SetNotAfter(new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        generator.SetPublicKey(key.GeneratePublicKey());
        return generator.Generate(new Asn1SignatureFactory("Ed25519", key)).GetEncoded();
    }
}
