namespace Toss.Quic.Tls;

/// <summary>The lines of an NSS key log, which Wireshark reads.</summary>
internal static class KeyLog
{
    public static void Write(Action<string> log, TlsEvent.Keys keys, ReadOnlySpan<byte> clientRandom)
    {
        var (client, server) =
            keys.Level == TlsLevel.Handshake
                ? ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET")
                : ("CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0");
        var random = Convert.ToHexStringLower(clientRandom);
        log($"{client} {random} {Convert.ToHexStringLower(keys.Client)}");
        log($"{server} {random} {Convert.ToHexStringLower(keys.Server)}");
    }
}
