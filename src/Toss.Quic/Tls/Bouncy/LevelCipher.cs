using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>
/// A record cipher that changes nothing. What it writes begins with the level and the content type, for the adaptor, which
/// takes the records apart again.
/// </summary>
internal sealed class LevelCipher(TlsLevel level) : TlsCipher
{
    /// <summary>Level and content type.</summary>
    public const int Mark = 2;

    public bool UsesOpaqueRecordType => true;

    public int GetCiphertextDecodeLimit(int plaintextLimit) => plaintextLimit;

    public int GetCiphertextEncodeLimit(int plaintextLength, int plaintextLimit) => plaintextLength + Mark;

    public int GetPlaintextLimit(int ciphertextLimit) => ciphertextLimit;

    public TlsEncodeResult EncodePlaintext(
        long seqNo,
        short contentType,
        ProtocolVersion recordVersion,
        int headerAllocation,
        byte[] plaintext,
        int offset,
        int len
    ) => EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext.AsSpan(offset, len));

    public TlsEncodeResult EncodePlaintext(
        long seqNo,
        short contentType,
        ProtocolVersion recordVersion,
        int headerAllocation,
        ReadOnlySpan<byte> plaintext
    )
    {
        var record = new byte[headerAllocation + Mark + plaintext.Length];
        record[headerAllocation] = (byte)level;
        record[headerAllocation + 1] = (byte)contentType;
        plaintext.CopyTo(record.AsSpan(headerAllocation + Mark));
        return new TlsEncodeResult(record, 0, record.Length, ContentType.application_data);
    }

    // The adaptor offers nothing but whole handshake messages of the level that is read now.
    public TlsDecodeResult DecodeCiphertext(
        long seqNo,
        short recordType,
        ProtocolVersion recordVersion,
        byte[] ciphertext,
        int offset,
        int len
    ) => new(ciphertext, offset, len, ContentType.handshake);

    // RFC 9001 §6: a TLS KeyUpdate is answered with unexpected_message.
    public void RekeyDecoder() => throw new TlsFatalAlert(AlertDescription.unexpected_message);

    public void RekeyEncoder() => throw new TlsFatalAlert(AlertDescription.unexpected_message);
}
