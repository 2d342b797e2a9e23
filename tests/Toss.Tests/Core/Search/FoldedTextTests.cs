using System.Text;
using Toss.Core.Search;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Core.Search;

public sealed class FoldedTextTests
{
    [Theory]
    [InlineData("Plain ASCII, as it is: 09!", "plain ascii, as it is: 09!")]
    [InlineData("ÀÉÎÕÜ àéîõü ÇçÑñ", "aeiou aeiou ccnn")]
    [InlineData("Straße GROẞ", "strasse gross")]
    [InlineData("Æon œuvre Łódź Ørsted ĞİIı", "aeon oeuvre lodz orsted giii")]
    [InlineData("e\u0301te\u0301", "ete")]
    [InlineData("Ἀθῆναι ΆΈΉΊΌΎΏ ΣΑΣ σας", "αθηναι αεηιουω σασ σασ")]
    [InlineData("Ёлка Йод ЩУКА", "елка иод щука")]
    [InlineData("Ắ ế Ộ ử", "a e o u")]
    [InlineData("日本 한국 🎉", "日本 한국 🎉")]
    [InlineData("", "")]
    public void Case_and_marks_are_gone(string text, string folded) =>
        Assert.Equal(folded, Encoding.UTF8.GetString(FoldedText.Fold(text)));

    /// <summary>Against what the runtime says with ICU's tables, where it has them, and by what the alphabet is, where it has not.</summary>
    [Fact]
    public void Whatever_is_folded_is_folded_already_and_fits()
    {
        var folded = new byte[4 * FoldedText.Growth];
        var again = new byte[12 * FoldedText.Growth];
        for (var value = 0; value < 0x20000; value++)
        {
            if (!Rune.IsValid(value))
            {
                continue;
            }
            var utf8 = Encoding.UTF8.GetBytes(new Rune(value).ToString());
            var length = FoldedText.Fold(utf8, folded.AsSpan(0, utf8.Length * FoldedText.Growth));
            var second = FoldedText.Fold(folded.AsSpan(0, length), again);
            Assert.True(
                folded.AsSpan(0, length).SequenceEqual(again.AsSpan(0, second)),
                $"U+{value:X4} folds to {Convert.ToHexString(folded.AsSpan(0, length))}, and that to something else."
            );
        }
    }

    [Fact]
    public void What_is_no_text_is_replaced_and_fits()
    {
        var samples = new StoreSamples(5);
        for (var i = 0; i < 500; i++)
        {
            var bytes = samples.Bytes(i);
            FoldedText.Fold(bytes, new byte[bytes.Length * FoldedText.Growth]);
        }
    }
}
