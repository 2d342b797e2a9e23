using Toss.Quic;

namespace Toss.Tests.Real.Interop;

internal static class QuicStreams
{
    /// <summary>All bytes of the peer, when it ended the stream.</summary>
    public static async Task<byte[]> ToEndAsync(this QuicStream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}
