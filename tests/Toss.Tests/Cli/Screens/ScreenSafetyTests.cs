using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Toss.Cli.Daemon.Screens;
using Toss.Control;
using Toss.Control.Http;
using Toss.Testing;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Cli.Screens;

/// <summary>
/// Who gets nothing of the screens, though it connects to them: by bytes on a socket, since a browser or a library would not send
/// most of this.
/// </summary>
public sealed class ScreenSafetyTests : IAsyncLifetime
{
    private readonly FakeControl _agent = new();
    private readonly FakeTimeProvider _time = new(FakeControl.Now);
    private readonly TemporaryFolder _folder = new();
    private ulong _runs = 1;
    private LoopbackScreens _screens = null!;
    private Uri _url = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Host => _url.Authority;

    private string Login => _url.PathAndQuery;

    public async ValueTask InitializeAsync()
    {
        SampleScreens.Install(_folder.Path);
        _screens = NewScreens();
        await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _screens.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_ticket_opens_a_session_and_a_session_everything()
    {
        var login = await GetAsync(Login);
        Assert.Equal(200, login.Status);
        Assert.Contains("url=/", login.Body);
        var cookie = Assert.Single(login.Headers, header => header.Name == "Set-Cookie").Value;
        Assert.Matches("^toss-session=[0-9a-f]{64}; path=/; samesite=strict; httponly$", cookie);
        var session = Session(login);
        var page = await GetAsync("/", session);
        Assert.Equal(200, page.Status);
        Assert.Contains("<title>Toss</title>", page.Body);
        Assert.Equal(200, (await GetAsync("/js/boot.js", session)).Status);
        var status = await GetAsync("/api/status", session, "Toss-Control-Version: 1");
        Assert.Equal(200, status.Status);
        Assert.Contains("\"laptop\"", status.Body);
        // An address within the app: its page shows it.
        Assert.Equal(page.Body, (await GetAsync("/pair", session)).Body);
        Assert.Equal(404, (await GetAsync("/nowhere.js", session)).Status);
        Assert.Equal(404, (await GetAsync("/../../etc/passwd.txt", session)).Status);
        Assert.Equal(400, (await GetAsync("/api/nowhere", session, "Toss-Control-Version: 1")).Status);
        // A page elsewhere cannot send this header without asking first, and nobody answers that.
        Assert.Equal(426, (await GetAsync("/api/status", session)).Status);
        // The screens do not open screens: who has a session keeps it, and gets no other.
        Assert.Equal(
            400,
            (await SendAsync("POST", "/api/screens/open", Host, session, "Toss-Control-Version: 1")).Status
        );
    }

    [Fact]
    public async Task A_ticket_is_good_once_and_for_a_minute()
    {
        Assert.Equal(200, (await GetAsync(Login)).Status);
        Assert.Equal(401, (await GetAsync(Login)).Status);
        Assert.Equal(401, (await GetAsync("/login?t=" + new string('0', 64))).Status);
        Assert.Equal(401, (await GetAsync("/login?t=")).Status);
        Assert.Equal(401, (await GetAsync("/login")).Status);

        await OpenAsync();
        _time.Advance(ScreenTickets.TicketLife - TimeSpan.FromSeconds(1));
        var inTime = Login;
        await OpenAsync();
        Assert.Equal(200, (await GetAsync(inTime)).Status);
        _time.Advance(ScreenTickets.TicketLife);
        Assert.Equal(401, (await GetAsync(Login)).Status);
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("GET", "Sec-Purpose: prefetch")]
    [InlineData("GET", "Sec-Fetch-Mode: no-cors")]
    [InlineData("GET", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe")]
    [InlineData("GET", "Origin: http://evil.example")]
    public async Task What_is_no_person_opening_the_address_does_not_use_it_up(string method, params string[] headers)
    {
        Assert.Equal(403, (await SendAsync(method, Login, Host, null, headers)).Status);
        Assert.Equal(200, (await GetAsync(Login)).Status);
    }

    [Fact]
    public async Task Whatever_opens_the_browser_the_address_works()
    {
        string[] headers = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
        Assert.Equal(200, (await SendAsync("GET", Login, Host, null, headers)).Status);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:{port}")]
    [InlineData("127.0.0.1:{port}")]
    [InlineData("localhost:{port}")]
    [InlineData("{name}")]
    [InlineData("{name}:1")]
    [InlineData("x.{name}:{port}")]
    [InlineData("{name}.:{port}")]
    [InlineData("{name}:{port}, evil.example")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Another_name_is_refused_though_it_leads_here(string? host)
    {
        var session = Session(await GetAsync(Login));
        var named = host?.Replace("{name}", _url.Host).Replace("{port}", $"{_url.Port}");
        await OpenAsync();
        foreach (var path in new[] { "/", "/api/status", Login })
        {
            var answer = await SendAsync("GET", path, named, session, "Toss-Control-Version: 1");
            Assert.Equal(400, answer.Status);
            Assert.DoesNotContain("laptop", answer.Body);
        }
        Assert.Empty(_agent.Calls);
        Assert.Equal(200, (await GetAsync(Login)).Status);
    }

    [Theory]
    [InlineData("Origin: http://evil.example")]
    [InlineData("Origin: null")]
    [InlineData("Origin: ")]
    [InlineData("Origin: http://localhost:{port}")]
    [InlineData("Origin: http://127.0.0.1:{port}")]
    [InlineData("Origin: http://{name}:1")]
    [InlineData("Origin: http://{name}")]
    [InlineData("Origin: https://{name}:{port}")]
    [InlineData("Origin: http://{name}:{port}\r\nOrigin: http://evil.example")]
    [InlineData("Sec-Fetch-Site: cross-site")]
    [InlineData("Sec-Fetch-Site: same-site")]
    [InlineData("Sec-Fetch-Site: SAME-ORIGIN")]
    [InlineData("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site")]
    public async Task Another_page_is_refused_though_its_browser_has_the_session(string header)
    {
        var session = Session(await GetAsync(Login));
        var said = header.Replace("{name}", _url.Host).Replace("{port}", $"{_url.Port}");
        (string, string)[] asked =
        [
            ("GET", "/"),
            ("GET", "/api/status"),
            ("POST", "/api/pause"),
            ("POST", "/api/send/given"),
            ("POST", "/api/send/given/check"),
        ];
        foreach (var (method, path) in asked)
        {
            var answer = await SendAsync(method, path, Host, session, said, "Toss-Control-Version: 1");
            Assert.Equal(403, answer.Status);
            Assert.Equal("", answer.Body);
        }
        Assert.Empty(_agent.Calls);
    }

    [Fact]
    public async Task Its_own_page_is_answered()
    {
        var session = Session(await GetAsync(Login));
        string[] own = [$"Origin: http://{Host}", "Sec-Fetch-Site: same-origin", "Toss-Control-Version: 1"];
        Assert.Equal(204, (await SendAsync("POST", "/api/resume", Host, session, own)).Status);
        Assert.Equal(["resume"], _agent.Calls);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("toss-session=")]
    [InlineData("toss-session=0000")]
    [InlineData("other=1")]
    public async Task Without_a_session_there_is_nothing(string? cookie)
    {
        foreach (var path in new[] { "/", "/js/boot.js", "/api/status", "/api/events", "/nowhere" })
        {
            var answer = await SendAsync("GET", path, Host, cookie, "Toss-Control-Version: 1");
            Assert.Equal(401, answer.Status);
            Assert.Contains("toss ui", answer.Body);
        }
        Assert.Empty(_agent.Calls);
    }

    [Fact]
    public async Task Nobody_is_told_that_pages_elsewhere_may_ask_and_every_answer_is_kept_in_its_place()
    {
        var session = Session(await GetAsync(Login));
        await OpenAsync();
        Answer[] answers =
        [
            await GetAsync("/", session),
            await GetAsync("/api/status", session, "Toss-Control-Version: 1"),
            await GetAsync("/api/clips/x/formats/1", session, "Toss-Control-Version: 1"),
            await GetAsync("/nowhere", session),
            await GetAsync("/"),
            await GetAsync(Login),
            await GetAsync(Login),
            await SendAsync("GET", "/", "evil.example", session),
            await SendAsync("OPTIONS", "/api/pause", Host, session, "Origin: http://evil.example"),
            await SendAsync(
                "OPTIONS",
                "/api/pause",
                Host,
                session,
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: toss-control-version"
            ),
        ];
        foreach (var answer in answers)
        {
            Assert.DoesNotContain(answer.Headers, header => header.Name.StartsWith("Access-Control"));
            Assert.DoesNotContain(answer.Headers, header => header.Name == "Server");
            var policy = answer.Of("Content-Security-Policy");
            Assert.StartsWith(
                $"default-src 'none'; script-src 'self' 'wasm-unsafe-eval' '{SampleScreens.ImportMapHash}'; "
                    + "style-src 'self'; style-src-attr 'unsafe-inline'; ",
                policy
            );
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.Contains("form-action 'none'", policy);
            Assert.Equal(2, policy!.Split("unsafe").Length - 1);
            Assert.DoesNotContain("*", policy);
            // A frame with what somebody copied is made in the page, and goes nowhere: decision 32.
            Assert.DoesNotContain("frame-src", policy);
            Assert.DoesNotContain("child-src", policy);
            Assert.Equal("DENY", answer.Of("X-Frame-Options"));
            Assert.Equal("nosniff", answer.Of("X-Content-Type-Options"));
            Assert.Equal("no-referrer", answer.Of("Referrer-Policy"));
            Assert.Equal("same-origin", answer.Of("Cross-Origin-Opener-Policy"));
            Assert.Equal("same-origin", answer.Of("Cross-Origin-Resource-Policy"));
            Assert.Equal("no-store", answer.Of("Cache-Control"));
        }
        Assert.NotEqual(204, answers[^1].Status);
    }

    [Fact]
    public async Task A_link_is_behind_the_address_that_the_login_goes_on_to_and_in_no_other()
    {
        const string link = "toss://pair#a%22><script>&b";
        _url = new Uri((await _screens.OpenScreensAsync(link, Ct)).Url);
        Assert.DoesNotContain("pair", _url.AbsoluteUri);
        var login = await GetAsync(Login);
        Assert.Contains("url=/pair#toss%3A%2F%2Fpair%23a%2522%3E%3Cscript%3E%26b\"", login.Body);
        await Assert.ThrowsAsync<ControlException>(() => _screens.OpenScreensAsync("http://evil.example", Ct));
        await Assert.ThrowsAsync<ControlException>(() =>
            _screens.OpenScreensAsync("toss://" + new string('x', 3000), Ct)
        );
    }

    [Fact]
    public async Task Who_opened_them_learns_whether_a_browser_came()
    {
        var patience = TimeSpan.FromSeconds(30);
        var waiting = _screens.WaitForScreensAsync(_url.AbsoluteUri, patience, Ct);
        Assert.False(waiting.IsCompleted);
        Assert.Equal(200, (await GetAsync(Login)).Status);
        Assert.True(await waiting.WaitAsync(Watchdog.Patience, Ct));
        // Also who asks late.
        Assert.True(await _screens.WaitForScreensAsync(_url.AbsoluteUri, patience, Ct));

        await OpenAsync();
        var inVain = _screens.WaitForScreensAsync(_url.AbsoluteUri, patience, Ct);
        _time.Advance(patience);
        Assert.False(await inVain.WaitAsync(Watchdog.Patience, Ct));
        Assert.False(await _screens.WaitForScreensAsync("http://elsewhere/login?t=1", patience, Ct));
        Assert.False(await _screens.WaitForScreensAsync("nonsense", patience, Ct));
    }

    /// <summary>What came from another device is bytes to a browser, whatever its type says.</summary>
    [Fact]
    public async Task Content_is_no_page()
    {
        var session = Session(await GetAsync(Login));
        var content = await GetAsync("/api/clips/clip-2/formats/1", session, "Toss-Control-Version: 1");
        Assert.Equal(200, content.Status);
        Assert.Equal("application/octet-stream", content.Of("Content-Type"));
    }

    [Fact]
    public async Task Closed_they_are_nowhere_and_opened_again_elsewhere()
    {
        var session = Session(await GetAsync(Login));
        var before = _url;
        await _screens.CloseScreensAsync(Ct);
        await Assert.ThrowsAsync<SocketException>(() => GetAsync("/", session));
        await OpenAsync();
        Assert.NotEqual(before.Host, _url.Host);
        Assert.Equal(401, (await GetAsync("/", session)).Status);
    }

    [Fact]
    public async Task Who_is_not_used_any_more_closes_but_not_while_a_page_is_open()
    {
        var session = Session(await GetAsync(Login));
        using (var stream = await ConnectAsync())
        {
            await stream.SendAsync(Request("GET", "/api/events", Host, session, ["Toss-Control-Version: 1"]), Ct);
            await TestPairing.Until(() => Task.FromResult(_agent.Calls.Count > 0), "the page to watch");
            for (var minute = 0; minute < 30; minute++)
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                await Task.Yield();
            }
            Assert.Equal(200, (await GetAsync("/", session)).Status);
        }
        await _agent.WatchEnded.Task.WaitAsync(Watchdog.Patience, Ct);
        await TestPairing.Until(
            async () =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                try
                {
                    using var socket = await ConnectAsync();
                    return false;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            "the screens to close"
        );
    }

    /// <summary>Browsers try [::1] first for such a name: whoever had it there would be given the ticket.</summary>
    [Fact]
    public async Task Nobody_else_can_be_at_its_port_in_either_family()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        foreach (var loopback in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var other = new Socket(loopback.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            other.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            var refused = Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(loopback, _url.Port)));
            Assert.Contains(
                refused.SocketErrorCode,
                new[] { SocketError.AddressAlreadyInUse, SocketError.AccessDenied }
            );
        }
        using var sixth = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(
            200,
            (
                await AskAsync(sixth, IPAddress.IPv6Loopback, Request("GET", Login, Host, null, ["Connection: close"]))
            ).Status
        );
        await _screens.CloseScreensAsync(Ct);
        using var after = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        after.Bind(new IPEndPoint(IPAddress.IPv6Loopback, _url.Port));
    }

    [Fact]
    public async Task As_many_sessions_as_a_person_has_browsers_and_the_oldest_gives_way()
    {
        var first = Session(await GetAsync(Login));
        string last = first;
        for (var i = 0; i < ScreenSessions.Most; i++)
        {
            await OpenAsync();
            last = Session(await GetAsync(Login));
        }
        Assert.Equal(401, (await GetAsync("/", first)).Status);
        Assert.Equal(200, (await GetAsync("/", last)).Status);
    }

    /// <summary>Away and back: another run of the agent, at the same place.</summary>
    [Fact]
    public async Task A_page_that_is_open_is_known_by_the_next_agent_and_its_cookie_is_not()
    {
        var cookie = Session(await GetAsync(Login));
        var page = await SessionAsync(cookie);
        await StartAnewAsync();
        Assert.Equal(401, (await GetAsync("/", cookie)).Status);
        Assert.Equal(401, (await GetAsync("/session/", cookie)).Status);

        var (answer, agentNonce) = await GreetAsync(page);
        Assert.Equal(
            ScreenProof.OfAgent(page.Key, pageNonce, agentNonce),
            answer.GetProperty("proof").GetBytesFromBase64()
        );
        var proof = ScreenProof.OfPage(page.Key, pageNonce, agentNonce);
        var back = await ReturnAsync(page.Id, agentNonce, proof);
        Assert.Equal(204, back.Status);
        var renewed = Session(back);
        Assert.NotEqual(cookie, renewed);
        Assert.Equal(200, (await GetAsync("/", renewed)).Status);
        // A greeting is good once, and the key stays what it was.
        Assert.Equal(401, (await ReturnAsync(page.Id, agentNonce, proof)).Status);
        Assert.Equal(page.Key, (await SessionAsync(renewed)).Key);
    }

    [Fact]
    public async Task Who_has_no_key_does_not_return()
    {
        var page = await SessionAsync(Session(await GetAsync(Login)));
        await StartAnewAsync();
        var (answer, nonce) = await GreetAsync(page);
        // What the agent said of itself proves nothing of a page.
        var agents = answer.GetProperty("proof").GetBytesFromBase64();
        Assert.Equal(401, (await ReturnAsync(page.Id, nonce, agents)).Status);
        (_, nonce) = await GreetAsync(page);
        Assert.Equal(401, (await ReturnAsync(page.Id, nonce, [])).Status);
        (_, nonce) = await GreetAsync(page);
        _time.Advance(TimeSpan.FromSeconds(61));
        var late = await ReturnAsync(page.Id, nonce, ScreenProof.OfPage(page.Key, pageNonce, nonce));
        Assert.Equal(401, late.Status);
        var stranger = JsonSerializer.Serialize(
            new ScreenGreeting(new string('0', 32), pageNonce),
            ControlJson.Default.ScreenGreeting
        );
        Assert.Equal(401, (await PostAsync("/session/greet/", stranger)).Status);
        Assert.Equal(401, (await PostAsync("/session/greet/", "nonsense")).Status);
        Assert.Equal(401, (await PostAsync("/session/return/", "{}")).Status);
        Assert.Equal(404, (await PostAsync("/session/elsewhere", "{}")).Status);
        Assert.Equal(403, (await PostAsync("/session/greet/", stranger, "Origin: http://evil.example")).Status);
        Assert.Equal(401, (await GetAsync("/session/")).Status);
    }

    [Fact]
    public async Task What_was_closed_or_is_long_away_or_has_lost_its_port_is_not_gone_on_with()
    {
        await GetAsync(Login);
        Assert.True(File.Exists(_folder["memory"]));
        await _screens.CloseScreensAsync(Ct);
        Assert.False(File.Exists(_folder["memory"]));

        await OpenAsync();
        await GetAsync(Login);
        _time.Advance(TimeSpan.FromMinutes(1));
        await StartAnewAsync(TimeSpan.FromMinutes(20));
        await Assert.ThrowsAsync<SocketException>(() => GetAsync("/"));

        await OpenAsync();
        await GetAsync(Login);
        var was = _url;
        await _screens.DisposeAsync();
        using (var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            taken.Bind(new IPEndPoint(IPAddress.Loopback, was.Port));
            taken.Listen();
            _screens = NewScreens();
            await _screens.GoOnAsync(Ct);
        }
        await Assert.ThrowsAsync<SocketException>(() => GetAsync("/"));
        Assert.False(File.Exists(_folder["memory"]));
    }

    private static readonly byte[] pageNonce = [.. Enumerable.Range(0, ScreenProof.Length).Select(i => (byte)i)];

    private LoopbackScreens NewScreens() =>
        new(
            _agent,
            new SeededRandomSource(_runs++),
            _time,
            NullLoggerFactory.Instance,
            new ScreenPaths(_folder.Path, _folder["memory"])
        );

    private async Task StartAnewAsync(TimeSpan away = default)
    {
        await _screens.DisposeAsync();
        _time.Advance(away);
        _screens = NewScreens();
        await _screens.GoOnAsync(Ct);
    }

    private async Task<ScreenSession> SessionAsync(string cookie)
    {
        var answer = await GetAsync("/session/", cookie);
        Assert.Equal(200, answer.Status);
        return JsonSerializer.Deserialize(answer.Body, ControlJson.Default.ScreenSession)!;
    }

    private async Task<(JsonElement Answer, byte[] Nonce)> GreetAsync(ScreenSession page)
    {
        var greeting = JsonSerializer.Serialize(
            new ScreenGreeting(page.Id, pageNonce),
            ControlJson.Default.ScreenGreeting
        );
        var answer = await PostAsync("/session/greet/", greeting);
        Assert.Equal(200, answer.Status);
        var said = JsonElement.Parse(answer.Body);
        return (said, said.GetProperty("nonce").GetBytesFromBase64());
    }

    private Task<Answer> ReturnAsync(string id, byte[] nonce, byte[] proof) =>
        PostAsync(
            "/session/return/",
            JsonSerializer.Serialize(new ScreenReturn(id, nonce, proof), ControlJson.Default.ScreenReturn)
        );

    private async Task<Answer> PostAsync(string path, string body, params string[] headers)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        string[] all = [.. headers, $"Content-Length: {body.Length}", "Connection: close"];
        var request = Request("PUT", path, Host, null, all);
        return await AskAsync(
            socket,
            IPAddress.Loopback,
            [.. "POST"u8, .. request.AsSpan(3), .. Encoding.UTF8.GetBytes(body)]
        );
    }

    private async Task OpenAsync() => _url = new Uri((await _screens.OpenScreensAsync(null, Ct)).Url);

    private static string Session(Answer login) => login.Of("Set-Cookie")!.Split(';')[0];

    private Task<Answer> GetAsync(string path, string? cookie = null, params string[] headers) =>
        SendAsync("GET", path, Host, cookie, headers);

    private async Task<Answer> SendAsync(
        string method,
        string path,
        string? host,
        string? cookie,
        params string[] headers
    )
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return await AskAsync(
            socket,
            IPAddress.Loopback,
            Request(method, path, host, cookie, [.. headers, "Connection: close"])
        );
    }

    private async Task<Answer> AskAsync(Socket socket, IPAddress loopback, byte[] request)
    {
        await socket.ConnectAsync(new IPEndPoint(loopback, _url.Port), Ct);
        await socket.SendAsync(request, Ct);
        var bytes = new MemoryStream();
        var buffer = new byte[4096];
        int read;
        while ((read = await socket.ReceiveAsync(buffer, Ct).AsTask().WaitAsync(Watchdog.Patience, Ct)) > 0)
        {
            bytes.Write(buffer, 0, read);
        }
        return Answer.Read(Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private static byte[] Request(string method, string path, string? host, string? cookie, string[] headers)
    {
        var request = new StringBuilder($"{method} {path} HTTP/1.1\r\n");
        IEnumerable<string> all =
        [
            .. host is null ? [] : (string[])[$"Host: {host}"],
            .. cookie is null ? [] : (string[])[$"Cookie: {cookie}"],
            .. method == "POST" ? (string[])["Content-Length: 0"] : [],
            .. headers,
        ];
        request.AppendJoin("\r\n", all).Append("\r\n\r\n");
        return Encoding.ASCII.GetBytes(request.ToString());
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _url.Port), Ct);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed record Answer(int Status, IReadOnlyList<(string Name, string Value)> Headers, string Body)
    {
        public static Answer Read(string text)
        {
            var parts = text.Split("\r\n\r\n", 2);
            var lines = parts[0].Split("\r\n");
            var headers = lines[1..].Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[^1])).ToList();
            var body = headers.Contains(("Transfer-Encoding", "chunked"))
                ? Regex.Replace(parts[1], "(?:^|\r\n)[0-9a-f]+\r\n", "")
                : parts[1];
            return new Answer(int.Parse(lines[0].Split(' ')[1]), headers, body.TrimEnd('\r', '\n'));
        }

        public string? Of(string name) => Headers.SingleOrDefault(header => header.Name == name).Value;
    }
}
