using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Net;
using Toss.Testing.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Relay;

/// <summary>The real toss-relay process and real networks.</summary>
public sealed class RelayProcessTests
{
    [Fact]
    public async Task What_was_accepted_arrives_though_the_relay_is_killed()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var alice = new NetworkPeer(1, relay.Url);
        await using (var first = new NetworkPeer(2, relay.Url))
        {
            await first.JoinAsync(alice);
        }
        await using var bob = new NetworkPeer(2, relay.Url);
        await alice.JoinAsync(bob);
        for (byte i = 0; i < 50; i++)
        {
            await alice.SendAsync(bob, [i]);
        }
        await relay.KillAsync();
        await alice.WaitAsync<RelayStateChanged>("the loss", state => state.State == RelayState.Unreachable);
        await relay.RestartAsync();
        await bob.JoinAsync(alice);
        for (byte i = 0; i < 50; i++)
        {
            var received = await bob.ReceiveAsync();
            Assert.Equal((i, alice.Key.Id), (received.Envelope.Span[0], received.From!.Value));
            bob.Network.Acknowledge(received);
        }
        // And it goes on as if nothing had been.
        await alice.WaitAsync<RelayStateChanged>("the relay again", state => state.State == RelayState.Connected);
        await bob.SendAsync(alice, [99]);
        Assert.Equal(99, (await alice.ReceiveAsync()).Envelope.Span[0]);
    }

    [Fact]
    public async Task Presence_paths_and_live_envelopes()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var alice = new NetworkPeer(1, relay.Url);
        await using var bob = new NetworkPeer(2, relay.Url);
        await alice.JoinAsync(bob);
        Assert.Null(alice.Network.PathTo(bob.Device));
        await bob.JoinAsync(alice);
        Assert.Equal(new PresenceChanged(bob.Device, true), await alice.WaitAsync<PresenceChanged>("bob", _ => true));
        await alice.SendAsync(bob, [1], TimeSpan.Zero);
        var received = await bob.ReceiveAsync();
        Assert.Equal((1, 0ul), (received.Envelope.Span[0], received.Token));
        bob.Network.Acknowledge(received);
        Assert.NotNull(alice.Network.PathTo(bob.Device)?.RoundTrip);
        await bob.DisposeAsync();
        Assert.Equal(
            new PresenceChanged(bob.Device, false),
            await alice.WaitAsync<PresenceChanged>("him gone", _ => true)
        );
        var away = await alice.Network.SendAsync(bob.Device, new byte[] { 2 }, TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(SendStatus.Away, away.Status);
        Assert.Null(alice.Network.PathTo(bob.Device));
    }

    [Fact]
    public async Task Peers_at_another_relay_are_visited()
    {
        await using var here = await RelayProcess.StartAsync();
        await using var there = await RelayProcess.StartAsync();
        await using var alice = new NetworkPeer(1, here.Url);
        await using var bob = new NetworkPeer(2, there.Url);
        // Alice has a mailbox at Bob's relay too, and the home is what the state is asked of.
        var visiting = new TestMailboxKey(3);
        await alice.JoinAsync([new RelayAccount(there.Url, visiting.Private, visiting.Public, null)], bob);
        bob.Network.Configure([bob.Account], [new PeerAddress(alice.Device, there.Url, visiting.Id)]);
        bob.Network.Start();
        await alice.WaitAsync<PresenceChanged>("bob at his relay", presence => presence.Online);
        await alice.SendAsync(bob, [5]);
        var received = await bob.ReceiveAsync();
        Assert.Equal((5, visiting.Id), (received.Envelope.Span[0], received.From!.Value));
    }

    [Fact]
    public async Task What_one_relay_does_not_take_goes_by_the_next()
    {
        await using var here = await RelayProcess.StartAsync();
        await using var there = await RelayProcess.StartAsync();
        await using var alice = new NetworkPeer(1, here.Url);
        await using var bob = new NetworkPeer(2, there.Url);
        var (aliceThere, bobHere) = (new TestMailboxKey(3), new TestMailboxKey(4));
        // Bob's home does not know Alice yet: he is away, and has heard of her mailbox here only.
        await alice.JoinAsync(
            [new RelayAccount(there.Url, aliceThere.Private, aliceThere.Public, null)],
            [bob.Address, new PeerAddress(bob.Device, here.Url, bobHere.Id)]
        );
        bob.Network.Configure(
            [bob.Account, new RelayAccount(here.Url, bobHere.Private, bobHere.Public, null)],
            [alice.Address]
        );
        bob.Network.Start();
        await alice.WaitAsync<PresenceChanged>("bob here", presence => presence.Online);
        await alice.SendAsync(bob, [6]);
        Assert.Equal(
            (6, here.Url),
            ((await bob.ReceiveAsync()) is var got ? (got.Envelope.Span[0], got.Via!) : default)
        );

        // Then this relay goes, and the other path is there.
        await here.KillAsync();
        bob.Network.Configure([bob.Account], [alice.Address, new PeerAddress(alice.Device, there.Url, aliceThere.Id)]);
        await alice.SendAsync(bob, [7]);
        Assert.Equal(there.Url, (await bob.ReceiveAsync()).Via);
    }

    [Fact]
    public async Task Blobs_and_rendezvous()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var alice = new NetworkPeer(1, relay.Url);
        await using var bob = new NetworkPeer(2, relay.Url);
        await alice.JoinAsync(bob);
        await bob.JoinAsync(alice);
        await alice.WaitAsync<PresenceChanged>("bob", presence => presence.Online);
        var blob = new BlobId(1, 2);
        var chunk = new byte[Limits.SealedBlobChunk];
        var stored = await alice.Network.StoreBlobAsync(
            relay.Url,
            blob,
            20,
            index =>
            {
                // The same buffer each time: the network must have copied it.
                chunk.AsSpan().Fill((byte)index);
                return ValueTask.FromResult<ReadOnlyMemory<byte>>(chunk);
            },
            static _ => { },
            CancellationToken.None
        );
        Assert.Equal(BlobTransferStatus.Done, stored.Status);
        var fetched = new List<byte>();
        var got = await bob.Network.FetchBlobAsync(
            alice.Address,
            new BlobRange(blob, 0, 20),
            (index, bytes) =>
            {
                Assert.Equal(Limits.SealedBlobChunk, bytes.Length);
                Assert.Equal(fetched.Count, index);
                fetched.Add(bytes.Span[^1]);
                return ValueTask.FromResult(true);
            },
            CancellationToken.None
        );
        Assert.Equal(BlobTransferStatus.Done, got.Status);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (byte)i), fetched);
        await alice.Network.DeleteBlobAsync(relay.Url, blob, CancellationToken.None);
        got = await bob.Network.FetchBlobAsync(
            alice.Address,
            new BlobRange(blob, 0, 20),
            (_, _) => ValueTask.FromResult(true),
            CancellationToken.None
        );
        Assert.Equal(BlobTransferStatus.Missing, got.Status);

        var opened = await alice.Network.OpenRendezvousAsync(ReadOnlyMemory<byte>.Empty, CancellationToken.None);
        Assert.Equal(RendezvousStatus.Ok, opened.Status);
        await using var newcomer = new NetworkPeer(3, relay.Url);
        var met = await newcomer.Network.JoinRendezvousAsync(
            relay.Url,
            opened.Rendezvous!.Slot,
            CancellationToken.None
        );
        Assert.Equal(RendezvousStatus.Ok, met.Status);
        Assert.True(await met.Rendezvous!.SendAsync(0, new byte[] { 1 }, CancellationToken.None));
        var heard = await opened
            .Rendezvous.Incoming.ReadAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal((1ul, 1), (heard.Run, heard.Payload!.Value.Span[0]));
        Assert.True(await opened.Rendezvous.SendAsync(heard.Run, new byte[] { 2 }, CancellationToken.None));
        heard = await met
            .Rendezvous.Incoming.ReadAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(2, heard.Payload!.Value.Span[0]);
        await opened.Rendezvous.DisposeAsync();
        await met.Rendezvous.Incoming.Completion.WaitAsync(
            TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken
        );
        await met.Rendezvous.DisposeAsync();
        met = await newcomer.Network.JoinRendezvousAsync(relay.Url, "999999"u8.ToArray(), CancellationToken.None);
        Assert.Equal(RendezvousStatus.NoSuchSlot, met.Status);
    }

    [Fact]
    public async Task A_certificate_of_ones_own_needs_its_root()
    {
        var directory = Directory.CreateTempSubdirectory("toss-relay-tls-").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=home relay", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero)
        );
        var (certFile, keyFile) = (Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
        File.WriteAllText(certFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        await using var relay = await RelayProcess.StartAsync(null, "--cert", certFile, "--key", keyFile);
        Assert.Equal("wss", relay.Url.Scheme);

        await using var wary = new NetworkPeer(1, relay.Url);
        wary.Network.Configure([wary.Account], []);
        wary.Network.Start();
        var refused = await wary.WaitAsync<RelayStateChanged>("a refusal", state => state.State == RelayState.Refused);
        Assert.Equal(RelayRefusal.Certificate, refused.Refusal);

        var trusting = new NetworkOptions { ExtraRoots = [X509CertificateLoader.LoadCertificate(certificate.RawData)] };
        await using var alice = new NetworkPeer(2, relay.Url, trusting);
        await alice.JoinAsync();

        // The right root and the wrong name.
        var elsewhere = new UriBuilder(relay.Url) { Host = "localhost" }.Uri;
        await using var misled = new NetworkPeer(3, elsewhere, trusting);
        misled.Network.Configure([misled.Account], []);
        misled.Network.Start();
        refused = await misled.WaitAsync<RelayStateChanged>("a refusal", state => state.State == RelayState.Refused);
        Assert.Equal(RelayRefusal.Certificate, refused.Refusal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_client_that_is_newer_than_the_relay_says_to_update_it()
    {
        await using var relay = await RelayProcess.StartAsync();
        var options = new NetworkOptions
        {
            RelayVersion = ProtocolVersions.Relay + 1,
            OldestRelayVersion = ProtocolVersions.Relay + 1,
        };
        await using var peer = new NetworkPeer(1, relay.Url, options);
        peer.Network.Configure([peer.Account], []);
        peer.Network.Start();
        var refused = await peer.WaitAsync<RelayStateChanged>("a refusal", state => state.State == RelayState.Refused);
        Assert.Equal((RelayRefusal.Version, "toss-relay"), (refused.Refusal, refused.Update));
    }

    [Fact]
    public async Task A_token_lets_in()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "sesame\n");
        await using var relay = await RelayProcess.StartAsync(null, "--token-file", file);
        File.Delete(file);
        foreach (var token in new[] { null, "wrong" })
        {
            await using var stranger = new NetworkPeer(1, relay.Url, token: token);
            stranger.Network.Configure([stranger.Account], []);
            stranger.Network.Start();
            var refused = await stranger.WaitAsync<RelayStateChanged>("no", state => state.State == RelayState.Refused);
            Assert.Equal(RelayRefusal.Token, refused.Refusal);
        }
        await using var friend = new NetworkPeer(1, relay.Url, token: "sesame");
        await friend.JoinAsync();
    }

    [Fact]
    public async Task Stops_on_SIGTERM_with_a_word_to_its_clients_and_reports_its_health()
    {
        await using var relay = await RelayProcess.StartAsync();
        await using var alice = new NetworkPeer(1, relay.Url);
        await alice.JoinAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var health = new UriBuilder(relay.Url) { Scheme = "http", Path = "/health" }.Uri;
        using (
            var report = JsonDocument.Parse(await http.GetStringAsync(health, TestContext.Current.CancellationToken))
        )
        {
            Assert.Equal("ok", report.RootElement.GetProperty("status").GetString());
            Assert.Equal(ProtocolVersions.Relay, report.RootElement.GetProperty("protocol").GetUInt32());
            Assert.Equal(1, report.RootElement.GetProperty("online").GetInt32());
        }
        var since = Stopwatch.StartNew();
        Assert.Equal(0, await relay.StopAsync());
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(20), $"took {since.Elapsed} to stop");
        await alice.WaitAsync<RelayStateChanged>("the drain", state => state.State == RelayState.Unreachable);
        Assert.DoesNotContain(alice.Key.Id.ToString(), relay.Errors, StringComparison.Ordinal);
        await relay.RestartAsync();
        await alice.WaitAsync<RelayStateChanged>("the relay again", state => state.State == RelayState.Connected);
    }

    [Fact]
    public async Task A_newer_database_is_refused_with_exit_code_one()
    {
        var relay = await RelayProcess.StartAsync();
        await relay.StopAsync();
        using (
            var database = new SqliteConnection(
                $"Data Source={Path.Combine(relay.DataDirectory, "relay.db")};Pooling=False"
            )
        )
        {
            SQLitePCL.Batteries_V2.Init();
            database.Open();
            using var command = database.CreateCommand();
            command.CommandText = "PRAGMA user_version";
            var version = Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
            command.CommandText = $"PRAGMA user_version = {version + 1}";
            command.ExecuteNonQuery();
        }
        var (exit, output, errors) = await RelayProcess.RunAsync(
            "--listen",
            "127.0.0.1:0",
            "--data",
            relay.DataDirectory
        );
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains("update toss-relay", errors, StringComparison.Ordinal);
        await relay.DisposeAsync();
    }

    [Theory]
    [InlineData("--listen", "nonsense")]
    [InlineData("--listen", "127.0.0.1")]
    [InlineData("--cert", "file")]
    [InlineData("--frobnicate", "1")]
    [InlineData("--data", "")]
    public async Task Wrong_command_lines_exit_with_two(string option, string value)
    {
        var (exit, _, errors) = await RelayProcess.RunAsync(option, value);
        Assert.Equal(2, exit);
        Assert.Contains("--help", errors, StringComparison.Ordinal);
    }
}
