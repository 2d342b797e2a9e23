using System.Net;
using Toss.Crypto;
using Toss.Transport.Mapping;

namespace Toss.Tests.Fuzz;

/// <summary>What a router, or somebody who passes for it, says to who asks for a port.</summary>
internal static class MappingTargets
{
    private static readonly IPEndPoint Router = IPEndPoint.Parse("192.168.1.1:5351");

    /// <summary>Datagrams, each with its length (one byte) before it, and a minute after each. Accepted if a port is open at the end.</summary>
    public static bool Hear(byte[] bytes)
    {
        var now = FuzzTargets.Now;
        var mapping = new PortMapping(IPAddress.Parse("192.168.1.7"), Router, 41000, new Zeros(), now);
        for (var at = 0; at < bytes.Length; )
        {
            var length = Math.Min(bytes[at], bytes.Length - at - 1);
            mapping.HandleAnswer(Router, bytes.AsSpan(at + 1, length), now);
            at += 1 + length;
            now += TimeSpan.FromMilliseconds(100);
            mapping.HandleTimeout(now);
            while (mapping.TryPollTransmit(out _)) { }
            while (mapping.TryPollEvent(out _)) { }
        }
        return mapping.Status.State == MappingState.Mapped;
    }

    /// <summary>The corpus knows the nonce.</summary>
    private sealed class Zeros : IRandomSource
    {
        public void Fill(Span<byte> bytes) => bytes.Clear();
    }
}
