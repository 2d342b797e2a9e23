using System.Numerics;

namespace Toss.Core.Blobs;

/// <summary>Which chunks of a blob are here: a bit for each, the lowest bit of the first byte first. Not thread-safe.</summary>
public sealed class ChunkSet
{
    private readonly byte[] _bits;

    /// <summary>None of so many.</summary>
    public ChunkSet(int chunks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunks);
        Chunks = chunks;
        _bits = new byte[SizeOf(chunks)];
    }

    private ChunkSet(int chunks, byte[] bits)
    {
        (Chunks, _bits) = (chunks, bits);
        Held = bits.Sum(static bits => BitOperations.PopCount(bits));
    }

    /// <summary>How many the blob has.</summary>
    public int Chunks { get; }

    /// <summary>How many of them are here.</summary>
    public int Held { get; private set; }

    public bool IsWhole => Held == Chunks;

    /// <summary>One bit for each chunk; what is beyond the last is 0.</summary>
    public ReadOnlyMemory<byte> Bits => _bits;

    /// <summary>Bytes of <see cref="Bits"/>.</summary>
    public static int SizeOf(int chunks) => (chunks + 7) / 8;

    /// <summary>All of them.</summary>
    public static ChunkSet Whole(int chunks)
    {
        var bits = new byte[SizeOf(chunks)];
        Array.Fill(bits, byte.MaxValue);
        return Read(chunks, bits);
    }

    /// <summary>What <see cref="Bits"/> gave: exactly so long. Bits beyond the last chunk count for nothing.</summary>
    public static ChunkSet Read(int chunks, ReadOnlySpan<byte> bits)
    {
        if (bits.Length != SizeOf(chunks))
        {
            throw new ArgumentException("One bit for each chunk.", nameof(bits));
        }
        var copy = bits.ToArray();
        if (chunks % 8 != 0)
        {
            copy[^1] &= (byte)((1 << (chunks % 8)) - 1);
        }
        return new(chunks, copy);
    }

    public ChunkSet Copy() => new(Chunks, [.. _bits]);

    public bool Contains(int index) => index >= 0 && index < Chunks && (_bits[index / 8] & (1 << (index % 8))) != 0;

    /// <summary>False if it was here.</summary>
    public bool Add(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Chunks);
        if (Contains(index))
        {
            return false;
        }
        _bits[index / 8] |= (byte)(1 << (index % 8));
        Held++;
        return true;
    }

    public void Remove(int index)
    {
        if (Contains(index))
        {
            _bits[index / 8] &= (byte)~(1 << (index % 8));
            Held--;
        }
    }

    /// <summary>The first that is here from <paramref name="first"/> on; null if none is.</summary>
    public int? NextAt(int first)
    {
        for (var index = Math.Max(0, first); index < Chunks; index++)
        {
            if (Contains(index))
            {
                return index;
            }
        }
        return null;
    }

    /// <summary>How many are here one after another from <paramref name="first"/> on, at most <paramref name="most"/>.</summary>
    public int RunAt(int first, int most)
    {
        var run = 0;
        while (run < most && Contains(first + run))
        {
            run++;
        }
        return run;
    }
}
