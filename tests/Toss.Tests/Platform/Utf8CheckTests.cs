using System.Text.Unicode;
using CsCheck;
using Toss.Platform.Clipboards;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class Utf8CheckTests
{
    /// <summary>Bytes of letters of every length, some of them broken, cut anywhere.</summary>
    private static readonly Gen<byte[]> Texts = Gen.OneOf(
            Gen.Const<byte[]>([0x61]),
            Gen.Const<byte[]>([0xC3, 0xA9]),
            Gen.Const<byte[]>([0xE2, 0x9C, 0x93]),
            Gen.Const<byte[]>([0xF0, 0x9F, 0x98, 0x80]),
            Gen.Frequency((1, Gen.Byte.Array[1, 2]), (9, Gen.Const<byte[]>([0xC3, 0xBC])))
        )
        .Array[0, 12]
        .Select(letters => letters.SelectMany(letter => letter).ToArray());

    [Fact]
    public void Pieces_are_what_the_whole_is() =>
        Gen.Select(Texts, Gen.Int[0, 6].Array[1, 20])
            .Sample(
                (text, cuts) =>
                {
                    var check = new Utf8Check();
                    var (isUtf8, at) = (true, 0);
                    foreach (var cut in cuts.Append(text.Length))
                    {
                        var length = Math.Min(cut, text.Length - at);
                        isUtf8 = isUtf8 && check.Continues(text.AsSpan(at, length));
                        at += length;
                    }
                    Assert.Equal(Utf8.IsValid(text), isUtf8 && check.IsWhole);
                },
                iter: 2000
            );

    [Theory]
    [InlineData(new byte[] { 0xC3 }, new byte[] { 0x28 })]
    [InlineData(new byte[] { 0xE2, 0x9C }, new byte[] { 0x61 })]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 }, new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0x61 }, new byte[] { 0x80 })]
    public void A_letter_that_is_broken_across_pieces_is_seen(byte[] one, byte[] other)
    {
        var check = new Utf8Check();
        Assert.True(check.Continues(one));
        Assert.False(check.Continues(other));
    }

    [Fact]
    public void A_letter_that_is_left_open_is_seen()
    {
        var check = new Utf8Check();
        Assert.True(check.Continues([0x61, 0xF0, 0x9F]));
        Assert.False(check.IsWhole);
        Assert.True(check.Continues([0x98]));
        Assert.True(check.Continues([0x80]));
        Assert.True(check.IsWhole);
    }
}
