using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Toss.Net.Quic;
using Toss.Net.Udp;
using Toss.Quic;

// Two processes that trust one key, and move bytes both ways:
//
//   serve PORT            takes connections, answers every stream of N bytes with as many of its own
//   send  HOST:PORT N     sends N bytes, receives as many, and says both hashes
//   both  N               the two in one process
//
// --qlog DIR before these leaves a log of each connection there, for qvis and the like.
//
// Each line of output is one fact: "listening 127.0.0.1:4433", "at BYTES" now and then, "sent SHA256", "received SHA256",
// "closed Idle".
const string Protocol = "toss-example/1";
var idle = TimeSpan.FromSeconds(3);
string? logs = null;
if (args is ["--qlog", var folder, ..])
{
    logs = Directory.CreateDirectory(folder).FullName;
    args = args[2..];
}
return args switch
{
    ["serve", var port] => await ServeAsync(Number(port)),
    ["send", var peer, var length] => await SendAsync(IPEndPoint.Parse(peer), Number(length)),
    ["both", var length] => await BothAsync(Number(length)),
    _ => Usage(),
};

async Task<int> ServeAsync(long port)
{
    var (endpoint, driver) = Start(port, isServer: true);
    await using var running = driver;
    Say($"listening {driver.Locals[0]}");
    while (true)
    {
        // Each connection by itself; its end is its own.
        _ = AnswerAsync(await endpoint.AcceptConnectionAsync());
    }
}

async Task<int> SendAsync(IPEndPoint peer, long length)
{
    var (endpoint, driver) = Start(0, isServer: false);
    await using var running = driver;
    try
    {
        var dial = new QuicDialOptions { Connection = Options(isServer: false), Path = driver.PathTo(peer) };
        var connection = await endpoint.ConnectAsync(dial);
        var stream = await connection.OpenStreamAsync();
        await ExchangeAsync(stream, seed: 1, length);
        await connection.CloseAsync();
        await endpoint.DisposeAsync();
        return 0;
    }
    catch (QuicException exception)
    {
        Say($"closed {exception.Reason}");
        return 1;
    }
}

async Task<int> BothAsync(long length)
{
    var (endpoint, driver) = Start(0, isServer: true);
    await using var running = driver;
    var serving = AnswerNextAsync(endpoint);
    var result = await SendAsync(driver.Locals[0], length);
    await serving;
    return result;
}

async Task AnswerNextAsync(QuicEndpoint endpoint) => await AnswerAsync(await endpoint.AcceptConnectionAsync());

async Task AnswerAsync(QuicConnection connection)
{
    try
    {
        while (true)
        {
            var stream = await connection.AcceptStreamAsync();
            var length = await LengthAsync(stream);
            // The end is said when all was taken: who asked closes then, and what was not taken yet would be lost.
            var receiving = ReceiveAsync(stream);
            await Task.WhenAll(TransferAsync(stream, seed: 2, length, endsAfter: receiving), receiving);
        }
    }
    catch (QuicException)
    {
        // The connection is over, which says all there is to say.
    }
    Say($"closed {(await connection.Closed).Cause}");
}

// The first eight bytes say how many follow each way.
async Task ExchangeAsync(QuicStream stream, int seed, long length)
{
    await stream.WriteAsync(BitConverter.GetBytes(length));
    await Task.WhenAll(TransferAsync(stream, seed, length, endsAfter: Task.CompletedTask), ReceiveAsync(stream));
    await stream.WritesClosed;
}

async Task<long> LengthAsync(QuicStream stream)
{
    var bytes = new byte[sizeof(long)];
    await stream.ReadExactlyAsync(bytes);
    return BitConverter.ToInt64(bytes);
}

async Task TransferAsync(QuicStream stream, int seed, long length, Task endsAfter)
{
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    var block = new byte[1 << 20];
    new Random(seed).NextBytes(block);
    for (long at = 0; at < length; at += block.Length)
    {
        // Every block another one, or a lost one could be replaced by its neighbour unseen.
        BitConverter.TryWriteBytes(block, at + seed);
        var piece = block.AsMemory(0, (int)Math.Min(block.Length, length - at));
        hash.AppendData(piece.Span);
        await stream.WriteAsync(piece);
    }
    await endsAfter;
    stream.CompleteWrites();
    Say($"sent {Convert.ToHexStringLower(hash.GetHashAndReset())}");
}

async Task ReceiveAsync(QuicStream stream)
{
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    var (at, step) = (0L, 64L << 20);
    while (true)
    {
        var read = await stream.Input.ReadAsync();
        foreach (var piece in read.Buffer)
        {
            hash.AppendData(piece.Span);
            at += piece.Length;
        }
        stream.Input.AdvanceTo(read.Buffer.End);
        for (; at >= step; step += 64 << 20)
        {
            Say($"at {step}");
        }
        if (read.IsCompleted)
        {
            break;
        }
    }
    Say($"received {Convert.ToHexStringLower(hash.GetHashAndReset())}");
}

(QuicEndpoint Endpoint, UdpQuicDriver Driver) Start(long port, bool isServer)
{
    var key = RandomNumberGenerator.GetBytes(32);
    var options = new EndpointOptions { Key = key, Server = isServer ? Options(isServer) : null };
    var endpoint = new QuicEndpoint(options, new Example.SystemRandom());
    var local = new IPEndPoint(IPAddress.Loopback, (int)port);
    var result = UdpQuicDriver.TryStart(endpoint, [local], new UdpDriverOptions(), out var driver);
    return result == BindResult.Bound && driver is not null
        ? (endpoint, driver)
        : throw new InvalidOperationException($"No socket at {local}: {result}");
}

// Each side proves to own its key, and takes only the other's. Real ones keep theirs secret.
ConnectionOptions Options(bool isServer)
{
    var (ours, theirs) = (Seed(isServer), Seed(!isServer));
    var expected = TlsCredential.PublicKeyOf(theirs);
    return new ConnectionOptions
    {
        IdleTimeout = idle,
        Qlog = logs is null ? null : (original, isServer) => Log(logs, original, isServer),
        Tls = new TlsOptions
        {
            Protocols = [Protocol],
            Credential = TlsCredential.RawKey(TlsCredential.PublicKeyOf(ours), TlsCredential.SignWith(ours)),
            CheckPeer = peer => peer.PublicKey.AsSpan().SequenceEqual(expected),
        },
    };
}

// As qlog wants its files called: both ends of a connection stand side by side.
static FileStream Log(string folder, ConnectionId original, bool isServer) =>
    File.Create(
        Path.Combine(folder, $"{Convert.ToHexStringLower(original.Span)}_{(isServer ? "server" : "client")}.sqlog")
    );

static byte[] Seed(bool isServer) => SHA256.HashData(isServer ? "the server's key"u8 : "the other's key"u8);

static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

static void Say(string fact) => Console.WriteLine(fact);

static int Usage()
{
    Console.Error.WriteLine("[--qlog DIR] serve PORT | send HOST:PORT BYTES | both BYTES");
    return 2;
}
