using System.Text;
using Toss.Control.Http;

namespace Toss.Control;

/// <summary>What a backup's passphrase has to be: said by the agent, and before that by whoever asks for one.</summary>
public static class BackupPassphrase
{
    /// <summary>Characters: fewer are guessed by whoever has the backup and time.</summary>
    public const int Fewest = 10;

    /// <summary>False if it is too short, or longer than one can be.</summary>
    public static bool IsStrongEnough(ReadOnlySpan<byte> utf8) =>
        utf8.Length <= ControlProtocol.MaxPassword && Encoding.UTF8.GetCharCount(utf8) >= Fewest;

    public static ControlException Weak() =>
        new(
            ControlErrors.WeakPassphrase,
            $"A passphrase has at least {Fewest} characters, and at most {ControlProtocol.MaxPassword} bytes.",
            "Some words that belong together for nobody but you are easily typed and hard to guess."
        );
}
