using System.Text;

namespace Toss.Cli.Daemon;

/// <summary>
/// Where a background process gets a passphrase from: the first line of a file that an environment variable names, such
/// as a systemd credential. Never from an argument or a variable itself; other users can see those.
/// </summary>
internal static class PassphraseFromEnvironment
{
    public const string Variable = "TOSS_PASSPHRASE_FILE";

    /// <summary>Bytes read at most; a longer first line is not a passphrase.</summary>
    private const int MaxSize = 4096;

    /// <summary>Null if no file is named, or it cannot be read.</summary>
    public static async ValueTask<char[]?> Read(CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
        {
            return null;
        }
        var bytes = new byte[MaxSize];
        try
        {
            await using var file = File.OpenRead(path);
            var length = await file.ReadAtLeastAsync(bytes, MaxSize, throwOnEndOfStream: false, cancellation);
            var end = bytes.AsSpan(0, length).IndexOfAny((byte)'\n', (byte)'\r');
            return Encoding.UTF8.GetChars(bytes, 0, end < 0 ? length : end);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            Array.Clear(bytes);
        }
    }
}
