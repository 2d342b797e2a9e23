using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Unicode;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Commands;

/// <summary>
/// A backup's passphrase: typed, out of a pipe, or the first line of a file. Never an argument or a variable, which other programs
/// can see.
/// </summary>
internal static class PassphraseInput
{
    public static Option<string?> CreateOption() =>
        new("--passphrase-file")
        {
            Description = "Take the first line of this file as the passphrase (/dev/fd/3 is file descriptor 3).",
            HelpName = "FILE",
        };

    /// <summary>UTF-8; the caller wipes it.</summary>
    /// <param name="isNew">It is typed a second time, and has to be long enough.</param>
    public static async Task<byte[]> ReadAsync(
        CommandHost host,
        string? file,
        bool isNew,
        CancellationToken cancellation
    )
    {
        if (file is not null)
        {
            return Checked(await FromFileAsync(file, cancellation), isNew);
        }
        var passphrase = Checked(
            await SecretPrompt.ReadAsync(host, isNew ? "A passphrase for it:" : "Its passphrase:", cancellation),
            isNew
        );
        if (isNew && host.InputIsTerminal)
        {
            var again = await SecretPrompt.ReadAsync(host, "Once more:", cancellation);
            var isSame = CryptographicOperations.FixedTimeEquals(passphrase, again);
            CryptographicOperations.ZeroMemory(again);
            if (!isSame)
            {
                CryptographicOperations.ZeroMemory(passphrase);
                throw new ControlException(ControlErrors.Declined, "these are two passphrases; nothing was written");
            }
        }
        return passphrase;
    }

    private static byte[] Checked(byte[] passphrase, bool isNew)
    {
        if (isNew && !BackupPassphrase.IsStrongEnough(passphrase))
        {
            CryptographicOperations.ZeroMemory(passphrase);
            throw BackupPassphrase.Weak();
        }
        return passphrase;
    }

    private static async Task<byte[]> FromFileAsync(string path, CancellationToken cancellation)
    {
        var buffer = new byte[ControlProtocol.MaxPassword + 1];
        try
        {
            await using var file = CopyCommand.OpenFile(path, bufferSize: 0);
            var length = await SecretLine.ReadAsync(file, buffer, cancellation);
            if (length is 0 or > ControlProtocol.MaxPassword)
            {
                throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"the first line of {path} is no passphrase",
                    $"it has 1 to {ControlProtocol.MaxPassword} bytes"
                );
            }
            // As an editor saves "Unicode": nobody who types the same words would ever open the backup.
            return Utf8.IsValid(buffer.AsSpan(0, length)) && !buffer.AsSpan(0, length).Contains((byte)0)
                ? buffer[..length]
                : throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"the first line of {path} is not UTF-8",
                    "save it as UTF-8"
                );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }
}
