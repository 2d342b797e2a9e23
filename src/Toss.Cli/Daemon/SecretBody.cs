using System.Buffers.Binary;
using System.Security.Cryptography;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>A password or a passphrase out of the body of a request: bounded, and wiped when this is disposed.</summary>
internal sealed class SecretBody : IDisposable
{
    private readonly byte[] _bytes = new byte[ControlProtocol.MaxPassword + 1];
    private int _length;

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>It is all of the body.</summary>
    /// <exception cref="ControlException">It is longer than one can be.</exception>
    public static Task<SecretBody> ReadAsync(HttpContext context) =>
        FillAsync(secret => secret.TakeAllAsync(context.Request.Body, context.RequestAborted));

    /// <summary>It stands behind its length, and something else behind it.</summary>
    /// <exception cref="ControlException">It is longer than one can be, or not all there.</exception>
    public static Task<SecretBody> ReadBeginningAsync(HttpContext context) =>
        FillAsync(secret => secret.TakeBeginningAsync(context.Request.Body, context.RequestAborted));

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private static async Task<SecretBody> FillAsync(Func<SecretBody, Task> fill)
    {
        var secret = new SecretBody();
        try
        {
            await fill(secret);
            return secret;
        }
        catch
        {
            secret.Dispose();
            throw;
        }
    }

    private async Task TakeAllAsync(Stream body, CancellationToken cancellation)
    {
        _length = await body.ReadAtLeastAsync(_bytes, _bytes.Length, throwOnEndOfStream: false, cancellation);
        if (_length > ControlProtocol.MaxPassword)
        {
            throw TooLong();
        }
    }

    private async Task TakeBeginningAsync(Stream body, CancellationToken cancellation)
    {
        var prefix = new byte[ControlProtocol.PassphraseLengthSize];
        await ReadAllAsync(body, prefix, cancellation);
        int length = BinaryPrimitives.ReadUInt16BigEndian(prefix);
        if (length > ControlProtocol.MaxPassword)
        {
            throw TooLong();
        }
        await ReadAllAsync(body, _bytes.AsMemory(0, length), cancellation);
        _length = length;
    }

    private static async Task ReadAllAsync(Stream body, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation) < buffer.Length)
        {
            throw new ControlException(ControlErrors.InvalidArgument, "the passphrase is missing");
        }
    }

    private static ControlException TooLong() =>
        new(ControlErrors.InvalidArgument, "this is longer than a password can be");
}
