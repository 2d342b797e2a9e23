using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Toss.Testing.Platform;
using Toss.Testing.Relay;
using Xunit;

namespace Toss.Tests.Real.Faults;

/// <summary>A home with two agents, a relay with a certificate nobody trusts, programs that talk nonsense to the socket.</summary>
public sealed class HomeFaultTests
{
    [Fact]
    public async Task A_second_agent_on_one_home_is_refused_and_the_first_goes_on()
    {
        await using var device = new FaultDevice();
        await device.UpAsync();
        var agent = device.AgentId;
        Assert.NotNull(agent);
        var second = await device.RunAsync("daemon", "--headless", "--json");
        Assert.True(second.ExitCode == 4, second.ToString());
        Assert.Contains("\"busy\"", second.Errors, StringComparison.Ordinal);
        Assert.Contains($"already runs here (pid {agent})", second.Errors, StringComparison.Ordinal);
        var up = await device.RunAsync("up", "--headless");
        Assert.True(up.ExitCode == 0, up.ToString());
        Assert.Contains("already up", up.Output, StringComparison.Ordinal);
        Assert.Equal(agent, device.AgentId);
        await device.CopyAsync("still here");
        Assert.Equal("still here", await device.PasteAsync());
    }

    [Fact]
    public async Task Two_starts_at_once_make_one_agent()
    {
        await using var device = new FaultDevice();
        var runs = await Task.WhenAll(device.RunAsync("up", "--headless"), device.RunAsync("up", "--headless"));
        Assert.All(runs, run => Assert.True(run.ExitCode == 0, run.ToString()));
        Assert.Equal(device.AgentId, (await device.StatusAsync()).Daemon.Pid);
    }

    [Fact]
    public async Task A_relay_whose_certificate_is_not_trusted_is_named_and_its_root_can_be_given()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=home relay", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero)
        );
        var cert = folder["cert.pem"];
        File.WriteAllText(cert, certificate.ExportCertificatePem());
        File.WriteAllText(folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
        await using var relay = await RelayProcess.StartAsync(null, "--cert", cert, "--key", folder["key.pem"]);
        await using var device = new FaultDevice();
        await device.UpAsync(relay.Url);
        var status = await device.WaitAsync("the refusal", report => report.Relay.State == "refused");
        Assert.Contains("certificate", status.Relay.Detail, StringComparison.Ordinal);
        var said = await device.RunAsync("status");
        Assert.Equal(0, said.ExitCode);
        Assert.Contains("certificate is not trusted", said.Output, StringComparison.Ordinal);

        Assert.Equal(0, (await device.RunAsync("down")).ExitCode);
        device["TOSS_RELAY_CA"] = folder["missing.pem"];
        var wrong = await device.RunAsync("up", "--headless");
        Assert.True(wrong.ExitCode == 2, wrong.ToString());
        Assert.Contains("TOSS_RELAY_CA", wrong.Errors, StringComparison.Ordinal);

        device["TOSS_RELAY_CA"] = cert;
        await device.UpAsync();
        await device.ConnectedAsync();
    }

    [Fact]
    public async Task Nonsense_on_the_control_socket_harms_nothing()
    {
        await using var device = new FaultDevice();
        await device.UpAsync();
        var agent = device.AgentId;
        byte[][] nonsense =
        [
            "\0\0\0\0"u8.ToArray(),
            "GET"u8.ToArray(),
            "GET /v1/status HTTP/9.9\r\n\r\n"u8.ToArray(),
            Encoding.ASCII.GetBytes($"GET /{new string('a', 100_000)} HTTP/1.1\r\n\r\n"),
            "POST /v1/copy HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\nx"u8.ToArray(),
            "POST /v1/copy HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n"u8.ToArray(),
            RandomNumberGenerator.GetBytes(5000),
        ];
        foreach (var bytes in nonsense)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(device.Socket));
            try
            {
                await socket.SendAsync(bytes);
                socket.Shutdown(SocketShutdown.Send);
                var answer = new byte[4096];
                while (await Watchdog.Within(socket.ReceiveAsync(answer), "an answer or the end") > 0) { }
            }
            catch (SocketException)
            {
                // Cut off in the middle: as good an answer.
            }
        }
        Assert.Equal(agent, (await device.StatusAsync()).Daemon.Pid);
        Assert.DoesNotContain(" fatal ", device.Log, StringComparison.Ordinal);
    }
}
