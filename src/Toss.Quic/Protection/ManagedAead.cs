using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Toss.Quic.Protection;

/// <summary>
/// The suites by BouncyCastle, for platforms without them. Setting a nonce allocates a little for each packet, and the
/// text is copied.
/// </summary>
internal sealed class ManagedAead : IPacketAead
{
    private readonly IAeadCipher _cipher;
    private readonly byte[] _key;
    private byte[] _scratch = new byte[2048];

    public ManagedAead(CipherSuite suite, ReadOnlySpan<byte> key)
    {
        _key = key.ToArray();
        _cipher =
            suite == CipherSuite.ChaCha20Poly1305Sha256
                ? new Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305()
                : new GcmBlockCipher(AesUtilities.CreateEngine());
    }

    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> text, Span<byte> tag)
    {
        var output = Start(true, nonce, associated, text.Length + PacketAead.TagSize);
        var done = _cipher.ProcessBytes(text, output);
        _cipher.DoFinal(output[done..]);
        output[..text.Length].CopyTo(text);
        output[text.Length..].CopyTo(tag);
    }

    public bool TryOpen(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> associated,
        Span<byte> text,
        ReadOnlySpan<byte> tag
    )
    {
        var output = Start(false, nonce, associated, text.Length + PacketAead.TagSize);
        try
        {
            var done = _cipher.ProcessBytes(text, output);
            done += _cipher.ProcessBytes(tag, output[done..]);
            _cipher.DoFinal(output[done..]);
        }
        catch (InvalidCipherTextException)
        {
            text.Clear();
            return false;
        }
        finally
        {
            output[..text.Length].CopyTo(text);
            CryptographicOperations.ZeroMemory(output);
        }
        return true;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        CryptographicOperations.ZeroMemory(_scratch);
    }

    private Span<byte> Start(bool seal, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, int size)
    {
        if (_scratch.Length < size)
        {
            _scratch = new byte[size];
        }
        _cipher.Init(seal, new ParametersWithIV(new KeyParameter(_key), nonce));
        _cipher.ProcessAadBytes(associated);
        return _scratch.AsSpan(0, size);
    }
}
