using System.Security.Cryptography;
using System.Text;

namespace Toss.Control.Http;

/// <summary>
/// How a page of the screens and an agent know one another again after the connection broke, perhaps because the agent was started
/// anew: each shows that it has the session's key, by a MAC over a number of chance from either side, and neither shows the key. The
/// agent goes first. In between, another program may listen at its port.
/// </summary>
public static class ScreenProof
{
    /// <summary>Bytes of a key, and of a number of chance.</summary>
    public const int Length = 32;

    private static readonly byte[] agentLabel = Encoding.ASCII.GetBytes("toss screens: agent");
    private static readonly byte[] pageLabel = Encoding.ASCII.GetBytes("toss screens: page");

    public static byte[] OfAgent(ReadOnlySpan<byte> key, ReadOnlySpan<byte> pageNonce, ReadOnlySpan<byte> agentNonce) =>
        Make(key, agentLabel, pageNonce, agentNonce);

    public static byte[] OfPage(ReadOnlySpan<byte> key, ReadOnlySpan<byte> pageNonce, ReadOnlySpan<byte> agentNonce) =>
        Make(key, pageLabel, pageNonce, agentNonce);

    /// <summary>Takes as long for a wrong one, whatever it begins with.</summary>
    public static bool IsSame(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> expected) =>
        CryptographicOperations.FixedTimeEquals(proof, expected);

    private static byte[] Make(
        ReadOnlySpan<byte> key,
        byte[] label,
        ReadOnlySpan<byte> pageNonce,
        ReadOnlySpan<byte> agentNonce
    )
    {
        // Both numbers have one length, and no label begins another: there is one way to read it.
        byte[] said = [.. label, .. pageNonce, .. agentNonce];
        return HMACSHA256.HashData(key, said);
    }
}
