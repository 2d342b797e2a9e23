namespace Toss.Testing.Simulation;

/// <summary>Numbers from a seed, the same on every machine and runtime.</summary>
public sealed class SimRandom(ulong seed)
{
    private readonly SeededRandomSource _source = new(seed);

    /// <summary>From <paramref name="from"/> up to, but not, <paramref name="to"/>.</summary>
    public int Next(int from, int to)
    {
        Span<byte> bytes = stackalloc byte[8];
        _source.Fill(bytes);
        return from + (int)(BitConverter.ToUInt64(bytes) % (ulong)(to - from));
    }
}
