namespace Toss.Testing.Net;

/// <summary>
/// What a seed decides about the frames of one direction, one after another. Each costs the same number of draws, whatever
/// they decide, so that a test can ask beforehand what a link will do.
/// </summary>
public sealed class TapFates(TapImpairment impairment, ulong seed)
{
    private readonly SeededRandomSource _random = new(seed);

    public (bool IsLost, bool IsTwice, TimeSpan Delay) Next()
    {
        var (loss, duplication, reordering, jitter) = (Fraction(), Fraction(), Fraction(), Fraction());
        return (
            loss < impairment.Loss,
            duplication < impairment.Duplication,
            reordering < impairment.Reordering ? TimeSpan.Zero : impairment.Delay + (impairment.Jitter * jitter)
        );
    }

    private double Fraction()
    {
        Span<byte> bytes = stackalloc byte[4];
        _random.Fill(bytes);
        return BitConverter.ToUInt32(bytes) / (1.0 + uint.MaxValue);
    }
}
