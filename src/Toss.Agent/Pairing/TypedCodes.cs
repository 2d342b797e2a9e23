using System.Security.Cryptography;
using System.Text;
using Toss.Crypto.Pairing;
using Toss.Wire;

namespace Toss.Agent.Pairing;

/// <summary>
/// Counts the joiner's runs for each typed code. Whoever plays the inviter may test one guess a run, so a code is good for
/// three; a link's secret cannot be guessed. Keeps hashes, in memory only.
/// </summary>
internal sealed class TypedCodes
{
    /// <summary>A code is open for five minutes; the same digits an hour later are another code.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly Queue<(string Code, DateTimeOffset At)> _runs = new();

    /// <summary>Counts one more run; false if this code had all of its.</summary>
    public bool TryBegin(PairingCode code, DateTimeOffset now)
    {
        while (_runs.TryPeek(out var oldest) && now - oldest.At >= Memory)
        {
            _runs.Dequeue();
        }
        if (code.Kind != PairingKind.Code)
        {
            return true;
        }
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(code.Reveal())));
        if (_runs.Count(run => run.Code == hash) >= Limits.PairingTries)
        {
            return false;
        }
        _runs.Enqueue((hash, now));
        return true;
    }
}
