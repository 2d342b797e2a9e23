using Toss.Quic;
using Toss.Quic.Tls;
using Toss.Testing.Quic;
using Xunit;

namespace Toss.Tests.Quic.Tls;

public sealed class TlsRefusalTests
{
    private const TransportErrorCode ProtocolViolation = (TransportErrorCode)0x0a;
    private const TransportErrorCode CryptoBufferExceeded = (TransportErrorCode)0x0d;
    private const TransportErrorCode UnexpectedMessage = (TransportErrorCode)0x10a;
    private const TransportErrorCode DecodeError = (TransportErrorCode)0x132;

    [Fact]
    public void Wrong_key_of_the_server() =>
        AssertClientFails(0x12a, TlsPair.Options(true) with { CheckPeer = _ => false }, TlsPair.Options(false));

    [Fact]
    public void Wrong_key_of_the_client() =>
        AssertServerFails(0x12a, TlsPair.Options(true), TlsPair.Options(false) with { CheckPeer = _ => false });

    [Fact]
    public void A_check_that_throws_ends_only_the_handshake() =>
        AssertClientFails(
            0x150,
            TlsPair.Options(true) with
            {
                CheckPeer = _ => throw new InvalidOperationException("of the caller"),
            },
            TlsPair.Options(false)
        );

    [Fact]
    public void A_key_that_cannot_sign_for_itself()
    {
        // Shows the server's key, but signs with another.
        var thief = TlsPair.Options(false) with
        {
            Credential = TlsCredential.RawKey(
                TlsPair.PublicKey(TlsPair.ServerKey),
                TlsCredential.SignWith(TlsPair.ClientKey)
            ),
        };
        AssertClientFails(0x133, TlsPair.Options(true), thief);
    }

    [Fact]
    public void No_protocol_in_common() =>
        AssertServerFails(0x178, TlsPair.Options(true) with { Protocols = ["other"] }, TlsPair.Options(false));

    [Fact]
    public void No_suite_in_common() =>
        AssertServerFails(
            0x128,
            TlsPair.Options(true) with
            {
                Suites = [CipherSuite.Aes128GcmSha256],
            },
            TlsPair.Options(false) with
            {
                Suites = [CipherSuite.Aes256GcmSha384],
            }
        );

    [Fact]
    public void No_group_in_common() =>
        AssertServerFails(
            0x128,
            TlsPair.Options(true),
            TlsPair.Options(false) with
            {
                Groups = [TlsGroup.X25519MlKem768],
            }
        );

    [Fact]
    public void No_credential_of_the_client() =>
        AssertServerFails(0x174, TlsPair.Options(true) with { Credential = null }, TlsPair.Options(false));

    [Theory]
    [InlineData((int)CredentialForm.RawPublicKey, (int)CredentialForm.X509)]
    [InlineData((int)CredentialForm.X509, (int)CredentialForm.RawPublicKey)]
    public void Credentials_of_another_form(int client, int server)
    {
        using var pair = new TlsPair(
            TlsPair.Options(true, (CredentialForm)client),
            TlsPair.Options(false, (CredentialForm)server)
        ).Run();
        Assert.False(pair.Client.IsComplete);
        Assert.False(pair.Server.IsComplete);
        Assert.InRange(pair.Client.Error | pair.Server.Error, (TransportErrorCode)0x101, (TransportErrorCode)0x1ff);
    }

    [Fact]
    public void Legacy_session_id()
    {
        using var pair = new TlsPair(TlsPair.Options(true), TlsPair.Options(false))
        {
            // A session id of one byte, with the length of the message corrected.
            Intercept = (_, _, hello) =>
                [hello[0], 0, hello[2], (byte)(hello[3] + 1), .. hello[4..38], 1, 9, .. hello[39..]],
        };
        _ = pair.Deliver(byClient: true);
        Assert.Equal(ProtocolViolation, pair.Server.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_transport_parameters(bool byClient)
    {
        using var pair = new TlsPair(TlsPair.Options(true), TlsPair.Options(false))
        {
            Intercept = (from, _, flight) => from == byClient ? WithoutParameters(flight, from) : flight,
        };
        _ = pair.Deliver(byClient: true);
        _ = pair.Deliver(byClient: false);
        Assert.Equal((TransportErrorCode)0x16d, (byClient ? pair.Server : pair.Client).Error);
    }

    [Theory]
    [InlineData(TlsLevelName.Handshake)]
    [InlineData(TlsLevelName.Application)]
    public void Bytes_of_another_level(string level)
    {
        using var server = TlsEngine.Server(TlsPair.Options(false));
        Assert.Equal(ProtocolViolation, server.Receive(Enum.Parse<TlsLevel>(level), [1]));
        Assert.Equal(ProtocolViolation, server.Receive(TlsLevel.Initial, [1]));
    }

    [Fact]
    public void Bytes_beyond_the_end_of_a_level()
    {
        using var pair = new TlsPair(TlsPair.Options(true), TlsPair.Options(false))
        {
            Intercept = (_, _, flight) => [.. flight, 1],
        };
        _ = pair.Deliver(byClient: true);
        Assert.Equal(ProtocolViolation, pair.Server.Error);
    }

    [Fact]
    public void A_message_too_long()
    {
        using var server = TlsEngine.Server(TlsPair.Options(false));
        Assert.Equal(TransportErrorCode.NoError, server.Receive(TlsLevel.Initial, [1, 0, 0x3f]));
        Assert.Equal(TransportErrorCode.NoError, server.Receive(TlsLevel.Initial, [0xfc]));
        using var other = TlsEngine.Server(TlsPair.Options(false));
        Assert.Equal(CryptoBufferExceeded, other.Receive(TlsLevel.Initial, [1, 0, 0x3f, 0xfd]));
    }

    [Fact]
    public void Key_update()
    {
        using var pair = new TlsPair(TlsPair.Options(true), TlsPair.Options(false)).Run();
        TlsHandshakeTests.AssertComplete(pair);
        Assert.Equal(UnexpectedMessage, pair.Client.Receive(TlsLevel.Application, [24, 0, 0, 1, 0]));
        Assert.Equal(UnexpectedMessage, pair.Server.Receive(TlsLevel.Application, [24, 0, 0, 1, 1]));
    }

    [Fact]
    public void Session_tickets_are_ignored_by_a_client()
    {
        // Lifetime, age_add, nonce, ticket, and early_data with its only allowed value.
        byte[] ticket = [0, 0, 0, 9, 1, 2, 3, 4, 1, 7, 0, 2, 5, 6, 0, 8, 0, 42, 0, 4, 0xff, 0xff, 0xff, 0xff];
        using var pair = new TlsPair(TlsPair.Options(true), TlsPair.Options(false)).Run();
        byte[] Message(byte[] body) => [4, 0, 0, (byte)body.Length, .. body];
        Assert.Equal(TransportErrorCode.NoError, pair.Client.Receive(TlsLevel.Application, Message(ticket)));
        Assert.Equal(TransportErrorCode.NoError, pair.Client.Receive(TlsLevel.Application, Message(ticket)));
        Assert.Equal(UnexpectedMessage, pair.Server.Receive(TlsLevel.Application, Message(ticket)));
        ticket[^1] = 0;
        Assert.Equal(ProtocolViolation, pair.Client.Receive(TlsLevel.Application, Message(ticket)));
        for (var length = 0; length < ticket.Length; length++)
        {
            using var again = new TlsPair(TlsPair.Options(true), TlsPair.Options(false)).Run();
            Assert.Equal(DecodeError, again.Client.Receive(TlsLevel.Application, Message(ticket[..length])));
        }
    }

    [Fact]
    public void Mistakes_of_the_caller_throw()
    {
        var options = TlsPair.Options(false);
        Assert.Throws<ArgumentException>(() => TlsEngine.Server(options with { Credential = null }));
        Assert.Throws<ArgumentException>(() => TlsEngine.Server(options with { Suites = [] }));
        Assert.Throws<ArgumentException>(() => TlsEngine.Client(options with { Protocols = [] }));
        Assert.Throws<ArgumentException>(() => TlsEngine.Client(options with { Form = CredentialForm.X509 }));
    }

    // The server's extensions are a message of their own, the first of their flight. An unknown extension is nothing to a
    // server, so there the type is changed.
    private static byte[] WithoutParameters(byte[] flight, bool byClient)
    {
        byte[] extension = byClient ? [0, 0x39, 0, 3, 1, 2, 3] : [0, 0x39, 0, 4, 4, 5, 6, 7];
        var at = flight.AsSpan().IndexOf(extension);
        if (at < 0)
        {
            return flight;
        }
        if (byClient)
        {
            flight[at] = 0x7a;
            return flight;
        }
        flight[3] -= (byte)extension.Length;
        flight[5] -= (byte)extension.Length;
        return [.. flight[..at], .. flight[(at + extension.Length)..]];
    }

    private static void AssertClientFails(long error, TlsOptions client, TlsOptions server)
    {
        using var pair = new TlsPair(client, server).Run();
        Assert.Equal(error, (long)pair.Client.Error);
        Assert.False(pair.Client.IsComplete || pair.Server.IsComplete);
        Assert.DoesNotContain(pair.ClientEvents, next => next is TlsEvent.Complete);
    }

    private static void AssertServerFails(long error, TlsOptions client, TlsOptions server)
    {
        using var pair = new TlsPair(client, server).Run();
        Assert.Equal(error, (long)pair.Server.Error);
        Assert.False(pair.Server.IsComplete);
        Assert.DoesNotContain(pair.ServerEvents, next => next is TlsEvent.Complete);
    }

    private static class TlsLevelName
    {
        public const string Handshake = nameof(TlsLevel.Handshake);
        public const string Application = nameof(TlsLevel.Application);
    }
}
