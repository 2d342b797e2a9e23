using CsCheck;
using Toss.Crypto.Records;
using Toss.Testing;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class RecordCipherTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void What_was_sealed_opens_in_its_row_and_nowhere_else()
    {
        using var cipher = new RecordCipher(Key, new SeededRandomSource(1));
        var record = cipher.Seal("clips", [1, 2], [9, 8, 7]);
        Assert.Equal(3 + RecordCipher.Overhead, record.Length);
        Assert.True(cipher.TryOpen("clips", [1, 2], record, out var plaintext));
        Assert.Equal([9, 8, 7], plaintext);
        Assert.False(cipher.TryOpen("clips", [1, 3], record, out _));
        Assert.False(cipher.TryOpen("peers", [1, 2], record, out _));
        using var other = new RecordCipher([.. Key.Reverse()], new SeededRandomSource(1));
        Assert.False(other.TryOpen("clips", [1, 2], record, out _));
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_refused()
    {
        using var cipher = new RecordCipher(Key, new SeededRandomSource(1));
        var record = cipher.Seal("clips", [1], [1, 2, 3, 4]);
        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            record[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(cipher.TryOpen("clips", [1], record, out var none));
            Assert.Empty(none);
            record[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        for (var length = 0; length < record.Length; length++)
        {
            Assert.False(cipher.TryOpen("clips", [1], record.AsSpan(0, length), out _));
        }
        Assert.True(cipher.TryOpen("clips", [1], record, out _));
    }

    [Fact]
    public void The_same_record_sealed_twice_shares_no_bytes_but_the_version()
    {
        using var cipher = new RecordCipher(Key, new SeededRandomSource(1));
        var first = cipher.Seal("clips", [1], new byte[64]);
        var second = cipher.Seal("clips", [1], new byte[64]);
        Assert.Equal(first[0], second[0]);
        Assert.NotEqual(first[1..13], second[1..13]);
        Assert.NotEqual(first[13..], second[13..]);
    }

    [Fact]
    public void Opening_into_a_buffer_allocates_nothing_and_leaves_nothing_of_what_is_refused()
    {
        using var cipher = new RecordCipher(Key, new SeededRandomSource(1));
        var record = cipher.Seal(
            "clips",
            [1],
            new byte[64]
                .Select(_ => (byte)7)
                .ToArray()
        );
        var plaintext = new byte[64];
        Assert.True(cipher.TryOpen("clips", [1], record, plaintext.AsSpan()));
        Assert.All(plaintext, value => Assert.Equal(7, value));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            cipher.TryOpen("clips", [1], record, plaintext.AsSpan());
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);

        record[^1] ^= 1;
        Assert.False(cipher.TryOpen("clips", [1], record, plaintext.AsSpan()));
        Assert.All(plaintext, value => Assert.Equal(0, value));
    }

    [Fact]
    public void An_index_is_stable_and_separates_tables_and_keys()
    {
        using var cipher = new RecordCipher(Key, new SeededRandomSource(1));
        using var again = new RecordCipher(Key, new SeededRandomSource(2));
        using var other = new RecordCipher([.. Key.Reverse()], new SeededRandomSource(1));
        var index = cipher.Index("clips", [1, 2, 3]);
        Assert.Equal(16, index.Length);
        Assert.Equal(index, again.Index("clips", [1, 2, 3]));
        Assert.NotEqual(index, cipher.Index("peers", [1, 2, 3]));
        Assert.NotEqual(index, cipher.Index("clips", [1, 2, 4]));
        Assert.NotEqual(index, other.Index("clips", [1, 2, 3]));
    }

    [Fact]
    public void A_disposed_cipher_and_a_short_key_are_mistakes_of_the_caller()
    {
        var cipher = new RecordCipher(Key, new SeededRandomSource(1));
        var record = cipher.Seal("clips", [1], [1]);
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal("clips", [1], [1]));
        Assert.Throws<ObjectDisposedException>(() => cipher.TryOpen("clips", [1], record, out _));
        Assert.Throws<ObjectDisposedException>(() => cipher.Index("clips", [1]));
        Assert.Throws<ArgumentException>(() => new RecordCipher(new byte[31], new SeededRandomSource(1)));
    }

    [Fact]
    public void Any_plaintext_comes_back()
    {
        using var cipher = new RecordCipher(Key, new SeededRandomSource(1));
        FixedSamples.Check(
            Gen.Select(Gen.String, Gen.Byte.Array, Gen.Byte.Array),
            1,
            200,
            sample =>
            {
                var (table, row, plaintext) = sample;
                Assert.True(cipher.TryOpen(table, row, cipher.Seal(table, row, plaintext), out var opened));
                Assert.Equal(plaintext, opened);
            }
        );
    }
}
