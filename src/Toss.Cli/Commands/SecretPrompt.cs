using System.Security.Cryptography;
using System.Text;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Commands;

/// <summary>
/// Reads a password: from a terminal key by key, nothing of it shown; from a pipe its first line. Never an argument, which
/// other users can see.
/// </summary>
internal static class SecretPrompt
{
    /// <summary>UTF-8; the caller wipes it.</summary>
    /// <exception cref="ControlException">Nothing was typed, or more than a password is.</exception>
    public static async Task<byte[]> ReadAsync(CommandHost host, string question, CancellationToken cancellation)
    {
        var buffer = new byte[ControlProtocol.MaxPassword + 1];
        try
        {
            var length = host.InputIsTerminal
                ? await TypedAsync(host, question, buffer, cancellation)
                : await SecretLine.ReadAsync(host.RawIn, buffer, cancellation);
            return length switch
            {
                0 => throw new ControlException(ControlErrors.Declined, "no password was given; nothing was changed"),
                > ControlProtocol.MaxPassword => throw new ControlException(
                    ControlErrors.InvalidArgument,
                    $"a password has at most {ControlProtocol.MaxPassword} bytes"
                ),
                _ => buffer[..length],
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static async Task<int> TypedAsync(
        CommandHost host,
        string question,
        byte[] buffer,
        CancellationToken cancellation
    )
    {
        await host.Error.WriteAsync($"{question} ");
        await host.Error.FlushAsync(cancellation);
        // Console input cannot be cancelled: the wait is, and the process ends soon after.
        var length = await Task.Run(() => Typed(host.ReadKey, buffer), cancellation).WaitAsync(cancellation);
        await host.Error.WriteLineAsync();
        return length;
    }

    private static int Typed(Func<ConsoleKeyInfo> readKey, byte[] buffer)
    {
        var typed = new char[buffer.Length];
        var count = 0;
        try
        {
            for (var key = readKey(); key.Key != ConsoleKey.Enter; key = readKey())
            {
                if (key.Key == ConsoleKey.Backspace)
                {
                    count = Math.Max(0, count - 1);
                }
                else if (!char.IsControl(key.KeyChar) && count < typed.Length)
                {
                    typed[count++] = key.KeyChar;
                }
            }
            return Encoding.UTF8.TryGetBytes(typed.AsSpan(0, count), buffer, out var length) ? length : buffer.Length;
        }
        finally
        {
            Array.Clear(typed);
        }
    }
}
