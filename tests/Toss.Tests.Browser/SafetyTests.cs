using System.Net;
using System.Net.Sockets;
using System.Text;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>Who gets nothing, tried in the browser itself: what it refuses by our headers, and what it tells us about a request.</summary>
public sealed class SafetyTests(Chromium chromium)
{
    [Fact]
    public async Task A_used_ticket_opens_nothing_in_another_browser()
    {
        await using var device = await TossProgram.StartAsync("alpha-desk", null);
        var url = (await device.RunAsync("ui", "--print")).Exits(0).Output.Trim();
        await using var own = await chromium.Browser.NewContextAsync();
        var page = await own.NewPageAsync();
        await page.GotoAsync(url);
        await page.Locator("main h1").WaitForAsync();
        await using var other = await chromium.Browser.NewContextAsync();
        var thief = await other.NewPageAsync();
        Assert.Equal(401, (await thief.GotoAsync(url))!.Status);
        Assert.Equal(401, (await thief.GotoAsync(new Uri(new Uri(url), "/").AbsoluteUri))!.Status);
        // And the one that was let in stays in.
        await page.ReloadAsync();
        await page.Locator("main h1").WaitForAsync();
    }

    [Fact]
    public async Task Scripts_that_are_not_its_own_do_not_run_in_the_page()
    {
        await using var device = await TossProgram.StartAsync("alpha-desk", null);
        await using var screen = await ScreenPage.OpenAsync(chromium.Browser, device);
        var ran = await screen.Page.EvaluateAsync<bool>(
            """
            async () => {
              window.ran = false;
              const inline = document.createElement('script');
              inline.textContent = 'window.ran = true';
              document.body.append(inline);
              const box = document.createElement('div');
              box.innerHTML = '<img src="data:x" onerror="window.ran = true">';
              document.body.append(box);
              // Not here and now: what the test itself says may be evaluated.
              setTimeout(() => { try { (0, eval)('window.ran = true'); } catch { } }, 1);
              await new Promise(done => setTimeout(done, 250));
              return window.ran;
            }
            """
        );
        Assert.False(ran);
        Assert.Contains(screen.Complaints, said => said.Contains("Content Security Policy"));
    }

    [Fact]
    public async Task A_page_elsewhere_can_neither_ask_nor_frame_it_though_its_browser_is_let_in()
    {
        await using var device = await TossProgram.StartAsync("alpha-desk", null);
        await using var screen = await ScreenPage.OpenAsync(chromium.Browser, device);
        await using var elsewhere = new StrangePage();
        var page = await screen.Page.Context.NewPageAsync();
        foreach (var site in new[] { $"http://localhost:{elsewhere.Port}/", $"http://x.localhost:{elsewhere.Port}/" })
        {
            await page.GotoAsync(site);
            var asked = await page.EvaluateAsync<string>(
                """
                async site => {
                  const ask = async options => {
                    try { return (await fetch(site + 'api/status', options)).type; } catch (failed) { return 'failed'; }
                  };
                  return [
                    await ask({ headers: { 'Toss-Control-Version': '1' }, credentials: 'include' }),
                    await ask({ credentials: 'include' }),
                    await ask({ method: 'POST', credentials: 'include' }),
                  ].join(' ');
                }
                """,
                screen.Site.AbsoluteUri
            );
            Assert.Equal("failed failed failed", asked);
            var framed = page.WaitForConsoleMessageAsync(new() { Predicate = said => said.Type == "error" });
            await page.EvaluateAsync(
                """
                site => {
                  const frame = document.createElement('iframe');
                  frame.src = site;
                  document.body.append(frame);
                }
                """,
                screen.Site.AbsoluteUri
            );
            await Watchdog.Within(framed, "the browser to refuse the frame");
        }
        // No order of theirs came through.
        Assert.False((await device.Control.GetStatusAsync(CancellationToken.None)).Paused);
    }

    /// <summary>
    /// DNS rebinding, in the browser that is let in: a page of somebody else's whose name has come to lead to this computer asks its own
    /// server, and that is this one now.
    /// </summary>
    [Fact]
    public async Task A_name_of_somebody_elses_that_leads_here_gets_nothing()
    {
        const string foreign = "rebound.example";
        await using var device = await TossProgram.StartAsync("alpha-desk", null);
        // Without the browser's own fence between the internet and this computer, which older ones and others do not have.
        await using var browser = await chromium.LaunchAsync(
            $"--host-resolver-rules=MAP {foreign} 127.0.0.1",
            "--disable-features=LocalNetworkAccessChecks"
        );
        await using var screen = await ScreenPage.OpenAsync(browser, device);
        await using var elsewhere = new StrangePage();
        var page = await screen.Page.Context.NewPageAsync();
        // The name does lead here.
        Assert.Equal(200, (await page.GotoAsync($"http://{foreign}:{elsewhere.Port}/"))!.Status);
        var rebound = $"http://{foreign}:{screen.Site.Port}";
        // The page that its own server gave before.
        await page.RouteAsync(
            $"{rebound}/lure",
            route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><p>Hi." })
        );
        await page.GotoAsync($"{rebound}/lure");
        var ticket = new Uri((await device.RunAsync("ui", "--print")).Exits(0).Output.Trim());
        var got = await page.EvaluateAsync<string[]>(
            """
            async ticket => {
              const headers = { 'Toss-Control-Version': '1' };
              const all = [
                ['/'], ['/js/boot.js'], [ticket], ['/session/'],
                ['/api/status', { headers }], ['/api/events', { headers }],
                ['/api/pause', { method: 'POST', headers, body: '{}' }],
                ['/api/send/given', { method: 'POST', headers, body: 'x' }],
              ];
              return await Promise.all(all.map(async ([path, options]) => {
                const answer = await fetch(path, options);
                return `${answer.status}${await answer.text()}`;
              }));
            }
            """,
            ticket.PathAndQuery
        );
        Assert.Equal(Enumerable.Repeat("400", 8), got);
        Assert.False((await device.Control.GetStatusAsync(CancellationToken.None)).Paused);
        // The ticket is as good as before, for who comes by the right name.
        Assert.Equal(200, (await page.GotoAsync(ticket.AbsoluteUri))!.Status);
    }

    /// <summary>A web server of somebody else's on this computer.</summary>
    private sealed class StrangePage : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public StrangePage()
        {
            _listener.Start();
            _serving = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync()
        {
            var answer = Encoding.ASCII.GetBytes(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\nConnection: close\r\n\r\n<!doctype html><p>Hi.\n"
            );
            while (true)
            {
                try
                {
                    using var asked = await _listener.AcceptTcpClientAsync();
                    var stream = asked.GetStream();
                    await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false);
                    await stream.WriteAsync(answer);
                }
                catch (SocketException)
                {
                    return;
                }
                catch (IOException)
                {
                    // A look ahead that asked for nothing.
                }
            }
        }
    }
}
