using Toss.Quic;
using Toss.Quic.Tls;
using Toss.Testing.Quic;
using Xunit;

namespace Toss.Tests.Quic.Tls;

public sealed class TlsHandshakeTests
{
    public static TheoryData<int, int, int> Matrix()
    {
        var cases = new TheoryData<int, int, int>();
        foreach (var suite in Enum.GetValues<CipherSuite>())
        {
            foreach (var group in Enum.GetValues<TlsGroup>())
            {
                foreach (var form in Enum.GetValues<CredentialForm>())
                {
                    cases.Add((int)suite, (int)group, (int)form);
                }
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Both_sides_hold_the_same(int suite, int group, int form)
    {
        TlsOptions Options(bool client) =>
            TlsPair.Options(client, (CredentialForm)form) with
            {
                Suites = [(CipherSuite)suite],
                Groups = [(TlsGroup)group],
            };
        using var pair = new TlsPair(Options(true), Options(false)).Run();
        AssertComplete(pair);
        Assert.All(TlsPair.Keys(pair.ClientEvents), keys => Assert.Equal((CipherSuite)suite, keys.Suite));
        var client = TlsPair.Outcome(pair.ClientEvents);
        var server = TlsPair.Outcome(pair.ServerEvents);
        Assert.Equal(TlsPair.PublicKey(TlsPair.ServerKey), client.Peer!.PublicKey);
        Assert.Equal(TlsPair.PublicKey(TlsPair.ClientKey), server.Peer!.PublicKey);
        Assert.Equal((CredentialForm)form, client.Peer.Form);
        Assert.Equal(form == (int)CredentialForm.RawPublicKey, client.Peer.Certificate.Length == 0);
    }

    [Fact]
    public void A_server_may_do_without_the_clients_key()
    {
        using var pair = new TlsPair(
            TlsPair.Options(true) with
            {
                Credential = null,
            },
            TlsPair.Options(false) with
            {
                DemandsClientCredential = false,
            }
        ).Run();
        AssertComplete(pair);
        Assert.Null(TlsPair.Outcome(pair.ServerEvents).Peer);
        Assert.NotNull(TlsPair.Outcome(pair.ClientEvents).Peer);
    }

    [Fact]
    public void Hello_retry_request()
    {
        using var pair = new TlsPair(
            TlsPair.Options(true) with
            {
                Groups = [TlsGroup.X25519MlKem768, TlsGroup.X25519],
                KeyShares = [TlsGroup.X25519],
            },
            TlsPair.Options(false) with
            {
                Groups = [TlsGroup.X25519MlKem768],
            }
        ).Run();
        AssertComplete(pair);
        Assert.Equal(2, pair.Flights.Count(flight => flight is { ByClient: true, Level: TlsLevel.Initial }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void In_pieces(int length)
    {
        using var pair = new TlsPair(
            TlsPair.Options(true) with
            {
                Groups = [TlsGroup.X25519MlKem768],
            },
            TlsPair.Options(false) with
            {
                Groups = [TlsGroup.X25519MlKem768],
            }
        )
        {
            PieceLength = length,
        }.Run();
        AssertComplete(pair);
    }

    [Fact]
    public void Events_come_in_the_order_a_connection_needs()
    {
        using var pair = new TlsPair(TlsPair.Options(true), TlsPair.Options(false)).Run();
        AssertComplete(pair);
        foreach (var events in new[] { pair.ClientEvents, pair.ServerEvents })
        {
            Assert.Collection(
                events.Where(next => next is not TlsEvent.PeerParameters),
                next => Assert.Equal(TlsLevel.Handshake, Assert.IsType<TlsEvent.Keys>(next).Level),
                next => Assert.Equal(TlsLevel.Application, Assert.IsType<TlsEvent.Keys>(next).Level),
                next => Assert.IsType<TlsEvent.Complete>(next)
            );
        }
        // A server knows the client's limits, and can send, before the client has finished.
        Assert.True(
            pair.ServerEvents.FindIndex(next => next is TlsEvent.PeerParameters)
                < pair.ServerEvents.FindIndex(next => next is TlsEvent.Complete)
        );
    }

    [Theory]
    [InlineData((int)TlsGroup.X25519, (int)CredentialForm.RawPublicKey)]
    [InlineData((int)TlsGroup.X25519MlKem768, (int)CredentialForm.X509)]
    public void Equal_seeds_give_equal_bytes(int group, int form)
    {
        TlsPair Run(int seed)
        {
            TlsOptions Options(bool client) =>
                TlsPair.Options(client, (CredentialForm)form, seed) with
                {
                    Groups = [(TlsGroup)group],
                };
            var pair = new TlsPair(Options(true), Options(false)).Run();
            AssertComplete(pair);
            return pair;
        }
        using var first = Run(3);
        using var second = Run(3);
        using var other = Run(4);
        Assert.Equal(first.Flights.Count, second.Flights.Count);
        Assert.All(first.Flights.Zip(second.Flights), both => Assert.Equal(both.First.Bytes, both.Second.Bytes));
        Assert.NotEqual(first.Flights[0].Bytes, other.Flights[0].Bytes);
    }

    [Fact]
    public void Key_log_lines_name_the_secrets()
    {
        var lines = new List<string>();
        using var pair = new TlsPair(TlsPair.Options(true) with { KeyLog = lines.Add }, TlsPair.Options(false)).Run();
        AssertComplete(pair);
        var random = Convert.ToHexStringLower(pair.Flights[0].Bytes.AsSpan(6, 32));
        var keys = TlsPair.Keys(pair.ClientEvents);
        Assert.Equal(
            [
                $"CLIENT_HANDSHAKE_TRAFFIC_SECRET {random} {Convert.ToHexStringLower(keys[0].Client)}",
                $"SERVER_HANDSHAKE_TRAFFIC_SECRET {random} {Convert.ToHexStringLower(keys[0].Server)}",
                $"CLIENT_TRAFFIC_SECRET_0 {random} {Convert.ToHexStringLower(keys[1].Client)}",
                $"SERVER_TRAFFIC_SECRET_0 {random} {Convert.ToHexStringLower(keys[1].Server)}",
            ],
            lines
        );
        Assert.DoesNotContain(Convert.ToHexStringLower(keys[0].Client), keys[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Disposed_it_gives_nothing_more()
    {
        using var pair = new TlsPair(TlsPair.Options(true), TlsPair.Options(false));
        var hello = new byte[pair.Client.PendingOutput(TlsLevel.Initial)];
        _ = pair.Client.TakeOutput(TlsLevel.Initial, hello);
        Assert.Equal(TransportErrorCode.NoError, pair.Server.Receive(TlsLevel.Initial, hello));
        pair.Server.Dispose();
        Assert.False(pair.Server.TryNext(out _));
        Assert.NotEqual(TransportErrorCode.NoError, pair.Server.Receive(TlsLevel.Handshake, [20, 0, 0, 0]));
    }

    internal static void AssertComplete(TlsPair pair)
    {
        Assert.Equal(TransportErrorCode.NoError, pair.Client.Error);
        Assert.Equal(TransportErrorCode.NoError, pair.Server.Error);
        Assert.True(pair.Client.IsComplete && pair.Server.IsComplete);
        var (client, server) = (TlsPair.Keys(pair.ClientEvents), TlsPair.Keys(pair.ServerEvents));
        Assert.Equal(2, client.Length);
        Assert.Equal(2, server.Length);
        foreach (var (ours, theirs) in client.Zip(server))
        {
            Assert.Equal(ours.Level, theirs.Level);
            Assert.Equal(ours.Client, theirs.Client);
            Assert.Equal(ours.Server, theirs.Server);
            Assert.NotEqual(ours.Client, ours.Server);
        }
        Assert.Equal([4, 5, 6, 7], TlsPair.Parameters(pair.ClientEvents));
        Assert.Equal([1, 2, 3], TlsPair.Parameters(pair.ServerEvents));
        Assert.Equal(TlsPair.Protocol, TlsPair.Outcome(pair.ClientEvents).Protocol);
        Assert.Equal(TlsPair.Protocol, TlsPair.Outcome(pair.ServerEvents).Protocol);
    }
}
