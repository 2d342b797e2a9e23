using System.Security.Cryptography;
using Toss.Crypto;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// Who may see the screens: a ticket, which goes to whoever can open the control socket, is exchanged once and soon for a session,
/// which a browser keeps. Both are in memory only: they end with the agent. Thread-safe.
/// </summary>
internal sealed class ScreenTickets(IRandomSource random, TimeProvider time)
{
    /// <summary>As long as it takes to start a browser on a slow computer.</summary>
    public static readonly TimeSpan TicketLife = TimeSpan.FromSeconds(60);

    /// <summary>Open at a time; the oldest gives way.</summary>
    public const int Most = 16;

    private const int TokenBytes = 32;

    private readonly Lock _gate = new();
    private readonly List<(byte[] Hash, DateTimeOffset Until)> _tickets = [];
    private readonly List<byte[]> _sessions = [];

    public (string Ticket, DateTimeOffset Until) Issue()
    {
        var token = NewToken();
        var until = time.GetUtcNow() + TicketLife;
        lock (_gate)
        {
            Add(_tickets, (HashOf(token), until));
        }
        return (token, until);
    }

    /// <summary>The session it opens; null for what is no ticket, or none any more.</summary>
    public string? Redeem(string? ticket)
    {
        var hash = HashOf(ticket ?? "");
        lock (_gate)
        {
            _tickets.RemoveAll(one => one.Until <= time.GetUtcNow());
            if (_tickets.RemoveAll(one => IsSame(one.Hash, hash)) == 0)
            {
                return null;
            }
            var session = NewToken();
            Add(_sessions, HashOf(session));
            return session;
        }
    }

    public bool IsOpen(string? session)
    {
        var hash = HashOf(session ?? "");
        lock (_gate)
        {
            return _sessions.Exists(one => IsSame(one, hash));
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
}
