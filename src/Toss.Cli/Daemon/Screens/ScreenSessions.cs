using System.Security.Cryptography;
using Toss.Control;
using Toss.Control.Http;
using Toss.Crypto;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// The browsers that were let in. A session is a cookie, which a browser sends with each request, and a key, which the page has and
/// sends to nobody: by it page and agent know one another again when the connection was away, and the page gets another cookie.
/// Those of an earlier run of the agent have a key and no cookie. Thread-safe.
/// </summary>
internal sealed class ScreenSessions
{
    /// <summary>At a time; the oldest gives way.</summary>
    public const int Most = 16;

    private const int IdBytes = 16;

    private static readonly TimeSpan greetingLife = TimeSpan.FromSeconds(60);

    private readonly IRandomSource _random;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<Session> _sessions;
    private readonly List<(string Id, byte[] PageNonce, byte[] AgentNonce, DateTimeOffset Until)> _greetings = [];

    public ScreenSessions(IRandomSource random, TimeProvider time, IEnumerable<ScreenSession> earlier)
    {
        _random = random;
        _time = time;
        _sessions = [.. earlier.Take(Most).Select(one => new Session(one.Id, one.Key))];
    }

    /// <summary>To be known in the next run.</summary>
    public IReadOnlyList<ScreenSession> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _sessions.Select(one => new ScreenSession(one.Id, one.Key))];
            }
        }
    }

    /// <summary>Another one; the cookie is told here and nowhere else.</summary>
    public string Open()
    {
        lock (_gate)
        {
            if (_sessions.Count == Most)
            {
                _sessions.RemoveAt(0);
            }
            var session = new Session(Convert.ToHexStringLower(Draw(IdBytes)), Draw(ScreenProof.Length));
            _sessions.Add(session);
            return RenewCookie(session);
        }
    }

    public bool IsOpen(string? cookie) => Find(cookie) is not null;

    /// <summary>What the page of this cookie keeps.</summary>
    public ScreenSession? Of(string? cookie) =>
        Find(cookie) is { } found ? new ScreenSession(found.Id, found.Key) : null;

    /// <summary>Null for a page that is not known.</summary>
    public ScreenGreeted? Greet(ScreenGreeting greeting)
    {
        lock (_gate)
        {
            if (greeting.Nonce.Length != ScreenProof.Length || ById(greeting.Id) is not { } session)
            {
                return null;
            }
            _greetings.RemoveAll(one => one.Until <= _time.GetUtcNow());
            if (_greetings.Count == Most)
            {
                _greetings.RemoveAt(0);
            }
            var nonce = Draw(ScreenProof.Length);
            _greetings.Add((session.Id, greeting.Nonce, nonce, _time.GetUtcNow() + greetingLife));
            return new ScreenGreeted(nonce, ScreenProof.OfAgent(session.Key, greeting.Nonce, nonce));
        }
    }

    /// <summary>The new cookie of a page that proved itself; a greeting is good once.</summary>
    public string? Return(ScreenReturn back)
    {
        lock (_gate)
        {
            _greetings.RemoveAll(one => one.Until <= _time.GetUtcNow());
            var at = _greetings.FindIndex(one =>
                one.Id == back.Id && one.AgentNonce.AsSpan().SequenceEqual(back.Nonce)
            );
            if (at < 0 || ById(back.Id) is not { } session)
            {
                return null;
            }
            var (_, pageNonce, agentNonce, _) = _greetings[at];
            _greetings.RemoveAt(at);
            return ScreenProof.IsSame(back.Proof, ScreenProof.OfPage(session.Key, pageNonce, agentNonce))
                ? RenewCookie(session)
                : null;
        }
    }

    private Session? Find(string? cookie)
    {
        var hash = HashOf(cookie ?? "");
        lock (_gate)
        {
            return _sessions.Find(one => one.CookieHash is { } held && ScreenProof.IsSame(held, hash));
        }
    }

    private Session? ById(string id) => _sessions.Find(one => one.Id == id);

    private string RenewCookie(Session session)
    {
        var cookie = Convert.ToHexStringLower(Draw(ScreenProof.Length));
        session.CookieHash = HashOf(cookie);
        return cookie;
    }

    private byte[] Draw(int length)
    {
        var bytes = new byte[length];
        _random.Fill(bytes);
        return bytes;
    }

    private static byte[] HashOf(string token) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token));

    private sealed class Session(string id, byte[] key)
    {
        public string Id { get; } = id;

        public byte[] Key { get; } = key;

        /// <summary>Null until its page comes back.</summary>
        public byte[]? CookieHash { get; set; }
    }
}
