namespace Toss.Tests.Fuzz;

/// <summary>Changes an input the way transmission, an attacker or a bug would: one to four steps, all from the random given.</summary>
internal static class Mutation
{
    /// <summary>What lengths and counters break at.</summary>
    private static readonly byte[][] Telling =
    [
        [0x00],
        [0x7f],
        [0x80],
        [0xff],
        [0xff, 0xff, 0xff, 0xff, 0x07],
        [0xff, 0xff, 0xff, 0xff, 0x0f],
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        [0xed, 0xa0, 0x80], // half a surrogate pair in UTF-8
        "null"u8.ToArray(),
        "-1"u8.ToArray(),
        "1e999"u8.ToArray(),
        "%00"u8.ToArray(),
        "\""u8.ToArray(),
    ];

    /// <param name="corpus">Other inputs of the target, to splice with.</param>
    public static byte[] Of(byte[] input, IReadOnlyList<byte[]> corpus, Random random)
    {
        var bytes = new List<byte>(input);
        for (var steps = random.Next(1, 5); steps > 0; steps--)
        {
            Step(bytes, corpus, random);
        }
        return [.. bytes];
    }

    private static void Step(List<byte> bytes, IReadOnlyList<byte[]> corpus, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var rest = bytes.Count - at;
        switch (random.Next(8))
        {
            case 0 when rest > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when rest > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, rest);
                break;
            case 3:
                bytes.RemoveRange(at, random.Next(Math.Min(rest, 16) + 1));
                break;
            case 4:
                var noise = new byte[random.Next(1, 17)];
                random.NextBytes(noise);
                bytes.InsertRange(at, noise);
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(rest, 64) + 1)));
                break;
            case 6:
                var other = corpus[random.Next(corpus.Count)];
                bytes.RemoveRange(at, rest);
                bytes.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            default:
                var telling = Telling[random.Next(Telling.Length)];
                bytes.RemoveRange(at, Math.Min(rest, random.Next(2) * telling.Length));
                bytes.InsertRange(at, telling);
                break;
        }
    }
}
