namespace Toss.Core.Files;

/// <summary>What a record of a set is: one byte, before the length of what follows (32 bits, big-endian).</summary>
internal enum FileSetRecord : byte
{
    /// <summary>Kind, flags (1: executable), time (100 ns since the year 1), size, number of names; then each, its length first.</summary>
    Entry = 1,

    /// <summary>The next bytes of a file.</summary>
    Data = 2,

    /// <summary>How many zeros: 64 bits.</summary>
    Hole = 3,

    /// <summary>Flags (1: changed while it was read).</summary>
    EndOfFile = 4,

    /// <summary>How many entries (32 bits), and bytes of all files (64 bits).</summary>
    EndOfSet = 5,
}
