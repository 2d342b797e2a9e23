using System.Text;

namespace Toss.Core.Search;

/// <summary>
/// Text as searches compare it: without case, and without the marks that letters of Latin, Greek and Cyrillic script bear. By a table
/// of our own, after Unicode's canonical decompositions: programs run without ICU, whose normalisation knows ASCII alone then.
/// </summary>
public static class FoldedText
{
    /// <summary>How much longer than its source a folded text may be: each byte that is no UTF-8 becomes three.</summary>
    public const int Growth = 3;

    private const int LatinFirst = 0xC0;
    private const int GreekAndCyrillicFirst = 0x370;
    private const int LatinAndGreekFirst = 0x1E00;

    /// <summary>From U+00C0 to U+024F; zero where there is no letter.</summary>
    private const string Latin =
        "aaaaaaæceeeeiiiiðnooooo×ouuuuyþßaaaaaaæceeeeiiiiðnooooo÷ouuuuyþy"
        + "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiĳĳjjkkĸllllllŀ"
        + "ŀllnnnnnnŉŋŋooooooœœrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzſ"
        + "bɓƃƃƅƅɔƈƈɖɗƌƌƍǝəɛƒƒɠɣƕɩɨƙƙƚƛɯɲƞɵooƣƣƥƥʀƨƨʃƪƫƭƭʈuuʊʋƴƴƶƶʒƹƹƺƻƽƽƾƿ"
        + "ǀǁǂǃǆǆǆǉǉǉǌǌǌaaiioouuuuuuuuuuǝaaaaææǥǥggkkooooʒʒjǳǳǳggƕƿnnaaææoo"
        + "aaaaeeeeiiiioooorrrruuuussttȝȝhhƞȡȣȣȥȥaaeeooooooooyyȴȵȶȷȸȹⱥȼȼƚⱦȿ"
        + "ɀɂɂbʉʌɇɇɉɉɋɋrryy";

    /// <summary>From U+0370 to U+045F; zero where there is no letter.</summary>
    private const string GreekAndCyrillic =
        "ͱͱͳͳʹ͵ͷͷ\0\0ͺͻͼͽ;ϳ\0\0\0\0΄¨α·εηι\0ο\0υωιαβγδεζηθικλμνξοπρ\0στυφχψωιυαεηι"
        + "υαβγδεζηθικλμνξοπρσστυφχψωιυουωϗϐϑϒϒϒϕϖϗϙϙϛϛϝϝϟϟϡϡϣϣϥϥϧϧϩϩϫϫϭϭϯϯ"
        + "ϰϱϲϳθϵ϶ϸϸϲϻϻϼͻͼͽееђгєѕііјљњћкиуџабвгдежзииклмнопрстуфхцчшщъыьэюя"
        + "абвгдежзииклмнопрстуфхцчшщъыьэюяееђгєѕііјљњћкиуџ";

    /// <summary>From U+1E00 to U+1FFF; zero where there is no letter.</summary>
    private const string LatinAndGreek =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
        + "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
        + "wwwwwwwwwwxxxxyyzzzzzzhtwyẚſẜẝßẟaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
        + "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyỻỻỽỽỿỿ"
        + "ααααααααααααααααεεεεεε\0\0εεεεεε\0\0ηηηηηηηηηηηηηηηηιιιιιιιιιιιιιιιι"
        + "οοοοοο\0\0οοοοοο\0\0υυυυυυυυ\0υ\0υ\0υ\0υωωωωωωωωωωωωωωωωααεεηηιιοουυωω\0\0"
        + "ααααααααααααααααηηηηηηηηηηηηηηηηωωωωωωωωωωωωωωωωααααα\0ααααααα᾽ι᾿"
        + "῀¨ηηη\0ηηεεηηη᾿᾿᾿ιιιι\0\0ιιιιιι\0῾῾῾υυυυρρυυυυυυρ¨¨`\0\0ωωω\0ωωοοωωω´῾\0";

    /// <summary>UTF-8 to UTF-8; the length. What is no UTF-8 is replaced.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="folded">At least <see cref="Growth"/> times as long.</param>
    public static int Fold(ReadOnlySpan<byte> utf8, Span<byte> folded)
    {
        var length = 0;
        while (true)
        {
            Ascii.ToLower(utf8, folded[length..], out var done);
            length += done;
            utf8 = utf8[done..];
            if (utf8.IsEmpty)
            {
                return length;
            }
            Rune.DecodeFromUtf8(utf8, out var rune, out var consumed);
            utf8 = utf8[consumed..];
            length += Put(rune, folded[length..]);
        }
    }

    public static byte[] Fold(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var folded = new byte[utf8.Length * Growth];
        return folded[..Fold(utf8, folded)];
    }

    private static int Put(Rune rune, Span<byte> folded)
    {
        // Combining marks: what bears them stands before.
        if (rune.Value is >= 0x300 and < 0x370)
        {
            return 0;
        }
        var letter = LetterOf(rune.Value);
        if (letter == 0)
        {
            var small = Rune.ToLowerInvariant(rune);
            return small == rune ? rune.EncodeToUtf8(folded) : Put(small, folded);
        }
        return letter switch
        {
            'ß' => Put("ss"u8, folded),
            'æ' => Put("ae"u8, folded),
            'œ' => Put("oe"u8, folded),
            _ => new Rune(letter).EncodeToUtf8(folded),
        };
    }

    private static char LetterOf(int value) =>
        value switch
        {
            >= LatinFirst and < LatinFirst + 0x190 => Latin[value - LatinFirst],
            >= GreekAndCyrillicFirst and < GreekAndCyrillicFirst + 0xF0 => GreekAndCyrillic[
                value - GreekAndCyrillicFirst
            ],
            >= LatinAndGreekFirst and < LatinAndGreekFirst + 0x200 => LatinAndGreek[value - LatinAndGreekFirst],
            _ => '\0',
        };

    private static int Put(ReadOnlySpan<byte> letters, Span<byte> folded)
    {
        letters.CopyTo(folded);
        return letters.Length;
    }
}
