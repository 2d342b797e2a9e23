namespace Toss.Net;

/// <summary>
/// What an envelope is acknowledged by: the number of its connection and its sequence there. A sequence means something
/// only on the connection that gave it.
/// </summary>
internal static class EnvelopeToken
{
    /// <summary>A mailbox that gets a million envelopes a second reaches 2⁴⁰ in twelve days; one that gets a clip a second, never.</summary>
    private const int SequenceBits = 40;

    private const ulong SequenceMask = (1UL << SequenceBits) - 1;

    /// <summary>Token 0 is an envelope the relay does not keep. False for a number no honest relay gives.</summary>
    public static bool TryMake(ulong generation, ulong sequence, out ulong token)
    {
        token = sequence == 0 ? 0 : (generation << SequenceBits) | sequence;
        return sequence <= SequenceMask && generation < 1UL << (64 - SequenceBits);
    }

    public static bool TryRead(ulong token, out ulong generation, out ulong sequence)
    {
        (generation, sequence) = (token >> SequenceBits, token & SequenceMask);
        return sequence != 0;
    }
}
