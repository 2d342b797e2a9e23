using Toss.Quic;
using Toss.Quic.Tls;
using Toss.Testing.Quic;

namespace Toss.Tests.Quic.Fuzz;

/// <summary>
/// CRYPTO bytes for one side of a handshake. The first byte says what came before: how many flights were honest (two bits:
/// ClientHello; ServerHello; the server's rest; the client's), and the form of the credentials; the second how long the pieces
/// are in which the rest comes. Seeds are fixed, so the corpus holds flights that go on from the honest ones.
/// </summary>
internal static class TlsTarget
{
    private const int MostOutput = 1 << 14;

    public static bool Read(byte[] bytes)
    {
        if (bytes.Length < 2)
        {
            return false;
        }
        var flights = bytes[0] & 7;
        var form = (bytes[0] & 8) == 0 ? CredentialForm.RawPublicKey : CredentialForm.X509;
        using var pair = new TlsPair(Options(client: true, form), Options(client: false, form));
        for (var flight = 0; flight < flights; flight++)
        {
            _ = pair.Deliver(byClient: flight % 2 == 0);
        }
        var victim = flights % 2 == 0 ? pair.Server : pair.Client;
        var before = (victim.ReadLevel, victim.IsComplete);
        var piece = 1 + bytes[1];
        for (var at = 2; at < bytes.Length && victim.Error == TransportErrorCode.NoError; at += piece)
        {
            _ = victim.Receive(victim.ReadLevel, bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
        }
        foreach (var level in Enum.GetValues<TlsLevel>())
        {
            if (victim.PendingOutput(level) > MostOutput)
            {
                throw new InvalidOperationException($"{victim.PendingOutput(level)} bytes wait at {level}.");
            }
        }
        if (victim.Error != TransportErrorCode.NoError && victim.TryNext(out var next))
        {
            throw new InvalidOperationException($"{next.GetType().Name} after {victim.Error}.");
        }
        return victim.Error == TransportErrorCode.NoError
            && (before != (victim.ReadLevel, victim.IsComplete) || before.IsComplete);
    }

    /// <summary>A corpus entry: the flight that an honest side sends after so many.</summary>
    public static byte[] Honest(int flights, CredentialForm form)
    {
        using var pair = new TlsPair(Options(client: true, form), Options(client: false, form));
        for (var flight = 0; flight <= flights; flight++)
        {
            _ = pair.Deliver(byClient: flight % 2 == 0);
        }
        var isClient = flights % 2 == 0;
        return
        [
            (byte)(flights | (form == CredentialForm.X509 ? 8 : 0)),
            0, // byte by byte, so that no piece has two levels
            .. pair
                .Flights.Where(one => one.ByClient == isClient)
                .TakeLast(flights == 1 ? 2 : 1)
                .SelectMany(one => one.Bytes),
        ];
    }

    private static TlsOptions Options(bool client, CredentialForm form) => TlsPair.Options(client, form);
}
