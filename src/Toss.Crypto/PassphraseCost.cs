namespace Toss.Crypto;

/// <summary>What one guess at a passphrase costs (Argon2id). Memory in KiB.</summary>
public readonly record struct PassphraseCost(int MemoryKiB, int Passes, int Lanes)
{
    /// <summary>RFC 9106 §4, second recommendation: 64 MiB, three passes, four lanes.</summary>
    public static readonly PassphraseCost Default = new(64 * 1024, 3, 4);

    /// <summary>
    /// Within what a file may ask of us: less than a gibibyte and sixteen passes, so that a planted file cannot hang
    /// who opens it; and valid for Argon2 (RFC 9106 §3.1: at least 8 KiB a lane).
    /// </summary>
    public bool IsAcceptable =>
        Lanes is >= 1 and <= 16 && Passes is >= 1 and <= 16 && MemoryKiB is <= 1024 * 1024 && MemoryKiB >= 8 * Lanes;
}
