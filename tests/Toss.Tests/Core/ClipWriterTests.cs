using System.Text;
using Google.Protobuf;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Core.Sync;
using Toss.Crypto;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;

namespace Toss.Tests.Core;

public sealed class ClipWriterTests
{
    private static readonly CircleId Circle = Of(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whether_it_is_kept_from_somebody_is_signed(bool limited)
    {
        using var key = Key(1);
        var stamp = new ClipStamp(1, 0, key.Id);
        Representation[] text = [new(MediaTypes.Text, 1, "x"u8.ToArray(), null)];
        var made = ClipWriter.Sign(key, Circle, Id(5), stamp, Sensitivity.Normal, text, limited);

        Assert.True(ClipWriter.TryRead(made.Signed, Circle, out var read));
        Assert.Equal(limited, read.IsLimited);
    }

    [Fact]
    public void A_clip_reads_back_as_it_was_signed()
    {
        using var key = Key(1);
        var clip = Clip(key, Circle, 5, Now, "grüße");

        Assert.True(ClipWriter.TryRead(clip.Signed, Circle, out var read));
        Assert.Equal(
            (clip.Id, clip.Stamp, clip.Sensitivity, "grüße"),
            (read.Id, read.Stamp, read.Sensitivity, read.Preview)
        );
        Assert.Equal("grüße", Encoding.UTF8.GetString(read.Representations.Single().Inline!.Value.Span));
    }

    [Fact]
    public void A_clip_of_another_circle_or_signer_does_not_read()
    {
        using var key = Key(1);
        using var other = Key(2);
        var clip = Clip(key, Circle, 5, Now);
        var resigned = other.Sign(Labels.Clip, clip.Signed.Body.Span);

        Assert.False(ClipWriter.TryRead(clip.Signed, Of(2), out _));
        Assert.False(ClipWriter.TryRead(resigned, Circle, out _));
    }

    [Fact]
    public void Every_altered_bit_is_refused()
    {
        using var key = Key(1);
        var clip = Clip(key, Circle, 5, Now);
        var body = clip.Signed.Body.ToByteArray();
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            body[bit / 8] ^= (byte)(1 << (bit % 8));
            var altered = new Signed(clip.Signed) { Body = ByteString.CopyFrom(body) };
            Assert.False(ClipWriter.TryRead(altered, Circle, out _));
            body[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Sizes_that_lie_are_refused()
    {
        using var key = Key(1);
        var body = ClipBody.Parser.ParseFrom(Clip(key, Circle, 5, Now).Signed.Body);
        body.Representations[0].Size++;

        Assert.False(ClipWriter.TryRead(key.Sign(Labels.Clip, body.ToByteArray()), Circle, out _));
    }

    /// <summary>Else a clip would put names of files of this machine on its clipboard.</summary>
    [Fact]
    public void Paths_do_not_travel()
    {
        using var key = Key(1);
        var body = ClipBody.Parser.ParseFrom(Clip(key, Circle, 5, Now).Signed.Body);
        body.Representations[0].MediaType = MediaTypes.LocalFiles;

        Assert.False(ClipWriter.TryRead(key.Sign(Labels.Clip, body.ToByteArray()), Circle, out _));
    }

    public static TheoryData<string, Action<ClipBody>> LiesOfSets =>
        new()
        {
            { "no summary", body => body.Files = null },
            { "a summary of a text", body => body.Representations[0].MediaType = "text/plain" },
            {
                "a second format",
                body =>
                    body.Representations.Add(new ClipRepresentation { MediaType = "a/b", Inline = ByteString.Empty })
            },
            { "a secret", body => body.Sensitivity = Sensitivity.Secret },
            { "no files", body => body.Files.Files = 0 },
            { "too many", body => body.Files.Folders = FileSetLimits.Entries },
            { "less than nothing", body => body.Files.Bytes = -1 },
            { "no name", body => body.Files.Names.Clear() },
            { "a way out", body => body.Files.Names[0] = "../x" },
            { "too many names", body => body.Files.Names.Add(Enumerable.Repeat("x", FileSetLimits.SummaryNames)) },
            { "deflated", body => body.Representations[0].Size++ },
            { "inline", body => body.Representations[0].Inline = ByteString.CopyFrom(1, 2, 3) },
        };

    [Theory]
    [MemberData(nameof(LiesOfSets))]
    public void A_set_of_files_is_alone_and_says_what_it_is(string what, Action<ClipBody> lie)
    {
        using var key = Key(1);
        var set = TestBlobs.Of([1, 2, 3]).Reference;
        var made = ClipWriter.Sign(
            key,
            Circle,
            Id(5),
            new ClipStamp(1, 0, key.Id),
            Sensitivity.Normal,
            [new Representation(MediaTypes.Files, set.Length, null, set)],
            files: new FileSummary
            {
                Files = 1,
                Bytes = 3,
                Names = { "a" },
            }
        );
        Assert.True(ClipWriter.TryRead(made.Signed, Circle, out var read));
        Assert.Equal(("a", 3), (read.Preview, read.Files!.Bytes));

        var body = ClipBody.Parser.ParseFrom(made.Signed.Body);
        lie(body);
        Assert.False(ClipWriter.TryRead(key.Sign(Labels.Clip, body.ToByteArray()), Circle, out _), what);
    }

    /// <summary>Four gibibytes; what is held in memory of a clipboard has its own limit.</summary>
    [Fact]
    public void Content_of_any_type_has_one_limit()
    {
        using var key = Key(1);
        var body = ClipBody.Parser.ParseFrom(Clip(key, Circle, 5, Now).Signed.Body);
        var blob = TestBlobs.Of([1, 2, 3]).Reference.ToWire();
        body.Representations[0] = new ClipRepresentation
        {
            MediaType = "image/png",
            Size = Limits.Content,
            Blob = blob,
        };
        Assert.True(ClipWriter.TryRead(key.Sign(Labels.Clip, body.ToByteArray()), Circle, out _));
        body.Representations[0].Size++;
        Assert.False(ClipWriter.TryRead(key.Sign(Labels.Clip, body.ToByteArray()), Circle, out _));
    }

    /// <summary>Whoever compares it with a clock must be able to; a stamp that could not be read would stop every receiver.</summary>
    [Theory]
    [InlineData(-1, false)]
    [InlineData(ClipStamp.MaxMilliseconds, true)]
    [InlineData(ClipStamp.MaxMilliseconds + 1, false)]
    [InlineData((1L << 48) - 1, false)]
    public void A_stamp_is_a_time(long milliseconds, bool reads)
    {
        using var key = Key(1);
        var body = ClipBody.Parser.ParseFrom(Clip(key, Circle, 5, Now).Signed.Body);
        body.Stamp.UnixMs = milliseconds;

        Assert.Equal(reads, ClipWriter.TryRead(key.Sign(Labels.Clip, body.ToByteArray()), Circle, out var clip));
        Assert.True(!reads || !StampClock.IsPlausible(clip.Stamp, Now));
    }

    [Fact]
    public void A_preview_is_cut_between_characters_and_shows_no_controls()
    {
        var long_ = ClipPreview.OfText(Encoding.UTF8.GetBytes(new string('x', Limits.Preview - 1) + "😀😀"));

        Assert.Equal(Limits.Preview - 1, long_.Length);
        Assert.Equal("a b\nc", ClipPreview.OfText("a\u001bb\nc"u8));
        Assert.Equal(
            ClipPreview.Masked,
            ClipPreview.Of([new Representation(MediaTypes.Text, 1, "x"u8.ToArray(), null)], Sensitivity.Secret)
        );
    }

    private static CircleId Of(byte value)
    {
        var bytes = new byte[32];
        bytes[0] = value;
        Assert.True(CircleId.TryFrom(bytes, out var id));
        return id;
    }
}
