using System.Security.Cryptography;

namespace Toss.Quic.Protection;

/// <summary>
/// The keys of one direction through its updates (RFC 9001 §6): the current ones, and the next ones made before they are
/// needed, so that their making tells nobody when an update came (§6.3).
/// </summary>
internal sealed class KeyChain : IDisposable
{
    private readonly CipherSuite _suite;
    private readonly SuiteParameters _parameters;
    private readonly byte[] _nextSecret;

    public KeyChain(CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        _suite = suite;
        _parameters = SuiteParameters.Of(suite);
        _nextSecret = secret.ToArray();
        Current = new PacketKeys(suite, secret);
        Next = MakeNext();
    }

    public PacketKeys Current { get; private set; }

    public PacketKeys Next { get; private set; }

    /// <summary>How many updates came before <see cref="Current"/>; its lowest bit is the key phase.</summary>
    public long Generation { get; private set; }

    public int Phase => (int)(Generation & 1);

    /// <summary>Goes on to the next keys; the caller disposes those that it gets back.</summary>
    public PacketKeys Advance()
    {
        var old = Current;
        Current = Next;
        Next = MakeNext();
        Generation++;
        return old;
    }

    public void Dispose()
    {
        Current.Dispose();
        Next.Dispose();
        CryptographicOperations.ZeroMemory(_nextSecret);
    }

    private PacketKeys MakeNext()
    {
        Span<byte> next = stackalloc byte[_nextSecret.Length];
        KeyDerivation.NextSecret(_parameters.Hash, _nextSecret, next);
        next.CopyTo(_nextSecret);
        CryptographicOperations.ZeroMemory(next);
        return new PacketKeys(_suite, _nextSecret);
    }
}
