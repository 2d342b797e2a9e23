using System.Security.Cryptography;
using Toss.Crypto;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// Who may see the screens: a ticket goes to whoever can open the control socket, and is exchanged once and soon for a session. They
/// are in memory only, by their hashes. Thread-safe.
/// </summary>
internal sealed class ScreenTickets(IRandomSource random, TimeProvider time)
{
    /// <summary>As long as it takes to start a browser on a slow computer.</summary>
    public static readonly TimeSpan TicketLife = TimeSpan.FromSeconds(60);

    /// <summary>Open at a time; the oldest gives way.</summary>
    public const int Most = 16;

    private const int TokenBytes = 32;

    private readonly Lock _gate = new();
    private readonly List<Ticket> _tickets = [];

    /// <summary>Exchanged lately: who issued one may ask late.</summary>
    private readonly List<Ticket> _used = [];

    /// <param name="link">Of a pairing, which the screens fill in for whoever comes with this ticket.</param>
    public (string Ticket, DateTimeOffset Until) Issue(string? link = null)
    {
        var token = NewToken();
        var until = time.GetUtcNow() + TicketLife;
        lock (_gate)
        {
            Add(_tickets, new Ticket(HashOf(token), until, link));
        }
        return (token, until);
    }

    /// <summary>Whether it is one, and with it the link it was issued with. It is none any more then.</summary>
    public bool TryRedeem(string? ticket, out string? link)
    {
        link = null;
        var hash = HashOf(ticket ?? "");
        lock (_gate)
        {
            _tickets.RemoveAll(one => one.Until <= time.GetUtcNow());
            if (_tickets.Find(one => IsSame(one.Hash, hash)) is not { } redeemed)
            {
                return false;
            }
            _tickets.Remove(redeemed);
            Add(_used, redeemed);
            redeemed.Used.TrySetResult();
            link = redeemed.Link;
            return true;
        }
    }

    /// <summary>Whether somebody came with it by then.</summary>
    public async Task<bool> WaitForUseAsync(string ticket, TimeSpan patience, CancellationToken cancellation)
    {
        var hash = HashOf(ticket);
        Ticket? known;
        lock (_gate)
        {
            known = _tickets.Concat(_used).FirstOrDefault(one => IsSame(one.Hash, hash));
        }
        if (known is null)
        {
            return false;
        }
        try
        {
            await known.Used.Task.WaitAsync(patience, time, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static void Add<T>(List<T> to, T one)
    {
        if (to.Count == Most)
        {
            to.RemoveAt(0);
        }
        to.Add(one);
    }

    /// <summary>URL-safe, without padding.</summary>
    private string NewToken()
    {
        Span<byte> bytes = stackalloc byte[TokenBytes];
        random.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>What is compared takes as long for a wrong one, whatever it begins with.</summary>
    private static byte[] HashOf(string token) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token));

    private static bool IsSame(byte[] left, byte[] right) => CryptographicOperations.FixedTimeEquals(left, right);

    private sealed record Ticket(byte[] Hash, DateTimeOffset Until, string? Link)
    {
        public TaskCompletionSource Used { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
