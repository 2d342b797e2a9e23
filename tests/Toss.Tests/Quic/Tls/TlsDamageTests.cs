using Toss.Quic;
using Toss.Testing.Quic;
using Xunit;

namespace Toss.Tests.Quic.Tls;

/// <summary>
/// Whatever happens to the bytes of a handshake, nothing throws, and the side that got them does not complete. Packet
/// protection would stop most of this earlier; here TLS stands alone.
/// </summary>
public sealed class TlsDamageTests
{
    [Theory]
    [InlineData((int)CredentialForm.RawPublicKey)]
    [InlineData((int)CredentialForm.X509)]
    public void One_flipped_bit_anywhere(int form)
    {
        foreach (var (number, length) in Lengths((CredentialForm)form))
        {
            for (var at = 0; at < length; at++)
            {
                var mask = (byte)(1 << (at % 8));
                var damaged = Run(
                    (CredentialForm)form,
                    number,
                    bytes =>
                    {
                        bytes[at] ^= mask;
                        return bytes;
                    },
                    out var byClient
                );
                using (damaged)
                {
                    var receiver = byClient ? damaged.Server : damaged.Client;
                    Assert.False(receiver.IsComplete, $"flight {number}, byte {at}");
                    Assert.False(damaged.Client.IsComplete && damaged.Server.IsComplete, $"flight {number}, byte {at}");
                }
            }
        }
    }

    [Fact]
    public void Every_truncation()
    {
        foreach (var (number, length) in Lengths(CredentialForm.RawPublicKey))
        {
            for (var kept = 0; kept < length; kept++)
            {
                using var damaged = Run(
                    CredentialForm.RawPublicKey,
                    number,
                    bytes => bytes[..kept],
                    out var byClient,
                    stops: true
                );
                var receiver = byClient ? damaged.Server : damaged.Client;
                Assert.False(receiver.IsComplete, $"flight {number}, {kept} bytes kept");
                // What is missing may still come.
                Assert.Equal(TransportErrorCode.NoError, receiver.Error);
            }
        }
    }

    [Fact]
    public void Every_message_shortened_with_its_length_corrected()
    {
        foreach (var (number, length) in Lengths(CredentialForm.RawPublicKey))
        {
            for (var kept = 0; kept < length - 4; kept++)
            {
                using var damaged = Run(
                    CredentialForm.RawPublicKey,
                    number,
                    bytes =>
                        Math.Min((bytes[2] << 8) | bytes[3], kept) is var body
                            ? [bytes[0], 0, (byte)(body >> 8), (byte)body, .. bytes.AsSpan(4, body)]
                            : bytes,
                    out var byClient
                );
                Assert.False((byClient ? damaged.Server : damaged.Client).IsComplete, $"flight {number}, {kept}");
            }
        }
    }

    [Fact]
    public void Random_bytes_at_any_level_never_throw()
    {
        var random = new Random(11);
        for (var run = 0; run < 300; run++)
        {
            using var pair = new TlsPair(TlsPair.Options(true), TlsPair.Options(false));
            for (var flights = random.Next(3); flights > 0; flights--)
            {
                _ = pair.Deliver(byClient: flights % 2 == 1);
            }
            for (var message = 0; message < 4; message++)
            {
                var body = new byte[random.Next(200)];
                random.NextBytes(body);
                byte[] framed = [(byte)random.Next(26), 0, 0, (byte)body.Length, .. body];
                foreach (var side in new[] { pair.Client, pair.Server })
                {
                    if (!side.IsComplete)
                    {
                        _ = side.Receive(side.ReadLevel, framed);
                    }
                }
            }
            Assert.False(pair.Client.IsComplete && pair.Server.IsComplete);
        }
    }

    private static List<(int Number, int Length)> Lengths(CredentialForm form)
    {
        using var whole = new TlsPair(TlsPair.Options(true, form), TlsPair.Options(false, form)).Run();
        TlsHandshakeTests.AssertComplete(whole);
        Assert.Equal(4, whole.Flights.Count); // ClientHello; ServerHello; the server's rest; the client's
        return [.. whole.Flights.Select((flight, number) => (number, flight.Bytes.Length))];
    }

    private static TlsPair Run(
        CredentialForm form,
        int number,
        Func<byte[], byte[]> damage,
        out bool byClient,
        bool stops = false
    )
    {
        var (seen, fromClient) = (0, false);
        var pair = new TlsPair(TlsPair.Options(true, form), TlsPair.Options(false, form))
        {
            Intercept = (from, _, bytes) =>
            {
                if (seen++ != number)
                {
                    // Bytes of the next level would wait for those that are missing.
                    return stops && seen > number + 1 ? [] : bytes;
                }
                fromClient = from;
                return damage([.. bytes]);
            },
        };
        pair.Run();
        byClient = fromClient;
        return pair;
    }
}
