using System.Text;

namespace Toss.Testing.Histories;

/// <summary>What somebody may have copied in years: words, lines, addresses, here and there a page; the same ones each time.</summary>
public sealed class HistoryText(int seed)
{
    /// <summary>Different words, of which some are frequent and most are rare, as in a language.</summary>
    private const int Vocabulary = 20_000;

    private static readonly string[] syllables =
    [
        "ka",
        "lo",
        "mi",
        "ne",
        "ru",
        "sa",
        "te",
        "vo",
        "schö",
        "ä",
        "pri",
        "ston",
        "ing",
        "er",
        "con",
        "de",
        "é",
        "qui",
        "han",
        "berg",
    ];

    private readonly Random _random = new(seed);
    private readonly string[] _words = Words(seed);

    public string Next(int number)
    {
        var length = _random.Next(100) switch
        {
            < 50 => _random.Next(1, 8),
            < 90 => _random.Next(8, 40),
            < 98 => _random.Next(40, 150),
            _ => _random.Next(150, 600),
        };
        var text = new StringBuilder();
        for (var i = 0; i < length; i++)
        {
            text.Append(Word()).Append(i % 12 == 11 ? '\n' : ' ');
        }
        return text.Append(number).ToString();
    }

    /// <summary>A word that some clips have.</summary>
    public string Word() => _words[(int)(Vocabulary * Math.Pow(_random.NextDouble(), 3))];

    private static string[] Words(int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, Vocabulary)
                .Select(_ =>
                    string.Concat(
                        Enumerable.Range(0, random.Next(2, 5)).Select(_ => syllables[random.Next(syllables.Length)])
                    )
                ),
        ];
    }
}
