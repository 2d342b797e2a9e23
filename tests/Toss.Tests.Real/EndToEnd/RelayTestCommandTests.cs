using System.Net;
using System.Net.Sockets;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>`toss relay test` with relays that are there, are not, want a token, or are something else.</summary>
public sealed class RelayTestCommandTests
{
    [Fact]
    public async Task A_relay_is_tried_before_it_is_set()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var device = await TossProgram.StartAsync("alpha-desk", relay: null);

        Assert.Contains("none is configured", (await device.RunAsync("relay", "test")).Exits(1).Output);
        var found = (await device.RunAsync("relay", "test", relay.Url.AbsoluteUri)).Exits(0);
        Assert.Contains("it lets this device in", found.Output);
        Assert.Equal("none", (await device.Control.GetStatusAsync(default)).Relay.State);
        (await device.RunAsync("config", "relay", relay.Url.AbsoluteUri)).Exits(0);
        await device.RelayIsAsync("connected");

        // Of the relay of this device too: its own place there is not taken from it.
        (await device.RunAsync("relay", "test")).Exits(0);
        Assert.Equal("connected", (await device.Control.GetStatusAsync(default)).Relay.State);
    }

    [Fact]
    public async Task One_that_wants_a_token_says_so()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["token"], "letmein");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder["token"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        await using var relay = await RelayProcess.StartAsync(null, "--token-file", folder["token"]);
        await using var device = await TossProgram.StartAsync("alpha-desk", relay: null);
        var url = relay.Url.AbsoluteUri;

        Assert.Equal("token", await CodeAsync(device, url));
        Assert.Equal("token", await CodeAsync(device, url, "--token", "wrong"));
        (await device.RunAsync("relay", "test", url, "--token", "letmein")).Exits(0);
    }

    [Fact]
    public async Task What_is_no_relay_is_told_from_what_is_not_there()
    {
        await using var device = await TossProgram.StartAsync("alpha-desk", relay: null);
        using var web = new TcpListener(IPAddress.Loopback, 0);
        web.Start();
        var serving = RefuseAsync(web);

        var port = ((IPEndPoint)web.LocalEndpoint).Port;
        Assert.Equal("not-a-relay", await CodeAsync(device, $"ws://127.0.0.1:{port}/"));
        web.Stop();
        await Watchdog.Within(serving, "the web server to end");
        Assert.Equal("silent", await CodeAsync(device, $"ws://127.0.0.1:{port}/"));
        (await device.RunAsync("relay", "test", "https://relay.example")).Exits(2);
    }

    private static async Task<string?> CodeAsync(TossProgram device, params string[] arguments)
    {
        var found = (await device.RunAsync(["relay", "test", "--json", .. arguments])).Exits(1);
        return System.Text.Json.JsonDocument.Parse(found.Output).RootElement.GetProperty("code").GetString();
    }

    private static async Task RefuseAsync(TcpListener web)
    {
        var answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray();
        while (true)
        {
            try
            {
                using var asked = await web.AcceptTcpClientAsync();
                var stream = asked.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false);
                await stream.WriteAsync(answer);
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
