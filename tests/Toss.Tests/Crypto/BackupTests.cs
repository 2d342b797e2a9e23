using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Toss.Crypto;
using Toss.Crypto.Backups;
using Xunit;

namespace Toss.Tests.Crypto;

/// <summary>What a backup's header and chunks say of themselves when they are not what was sealed.</summary>
public sealed class BackupTests
{
    private const int CostAt = 8;
    private const int HashAt = BackupHeader.Size - 32;

    private static readonly PassphraseCost cheap = new(8, 1, 1);
    private static readonly byte[] passphrase = Encoding.UTF8.GetBytes("päss phrase");
    private static readonly byte[] salt = [.. Enumerable.Range(1, BackupHeader.SaltSize).Select(at => (byte)at)];

    [Fact]
    public void It_opens_under_its_passphrase_chunk_by_chunk()
    {
        var (header, chunks) = Sealed(3);
        Assert.Equal(BackupOpening.Opened, BackupOpener.TryOpen(header, passphrase, out var opener));
        using (opener)
        {
            var plain = new byte[BackupSealer.ChunkSize];
            for (var i = 0; i < chunks.Count; i++)
            {
                Assert.Equal(BackupChunk.Opened, opener!.Open(chunks[i], i == 2, plain));
                Assert.Equal(Plain(i), plain);
            }
        }
    }

    /// <summary>A change of the layout, of a label or of the derivation is another version.</summary>
    [Fact]
    public void It_is_the_same_to_the_byte_in_every_version_of_this_program()
    {
        var (header, chunks) = Sealed(2);
        var all = SHA256.HashData([.. header, .. chunks.SelectMany(chunk => chunk)]);
        Assert.Equal("TOSSBAK\u0001", Encoding.ASCII.GetString(header, 0, 8));
        Assert.Equal(Vector, Convert.ToHexStringLower(all)[..32]);
    }

    private const string Vector = "7ad7a5038c2730151908a8acc6d4c078";

    [Fact]
    public void Another_passphrase_is_told_from_damage()
    {
        var (header, _) = Sealed(1);
        Assert.Equal(BackupOpening.WrongPassphrase, BackupOpener.TryOpen(header, "pass phrase"u8, out var opener));
        Assert.Null(opener);
        Assert.Equal(BackupOpening.WrongPassphrase, BackupOpener.TryOpen(header, [], out _));
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_the_header_is_seen()
    {
        var (header, _) = Sealed(1);
        for (var at = 0; at < header.Length; at++)
        {
            byte[] changed = [.. header];
            changed[at] ^= 1;
            // Of version 1 one bit makes 0; of the magic, something else.
            var expected = at < 7 ? BackupOpening.NotABackup : BackupOpening.Damaged;
            Assert.Equal(expected, BackupOpener.TryOpen(changed, passphrase, out var opener));
            Assert.Null(opener);
        }
    }

    [Fact]
    public void A_header_that_is_cut_is_told_from_something_else()
    {
        var (header, _) = Sealed(1);
        for (var length = 0; length < header.Length; length++)
        {
            var expected = length < 7 ? BackupOpening.NotABackup : BackupOpening.Truncated;
            Assert.Equal(expected, BackupOpener.TryOpen(header.AsSpan(0, length), passphrase, out _));
        }
        Assert.Equal(BackupOpening.NotABackup, BackupOpener.TryOpen(new byte[BackupHeader.Size], passphrase, out _));
    }

    [Fact]
    public void A_later_version_is_said_to_be_one()
    {
        var (header, _) = Sealed(1);
        header[7] = 2;
        Assert.Equal(BackupOpening.LaterVersion, BackupOpener.TryOpen(header, passphrase, out _));
        Assert.Equal(BackupOpening.LaterVersion, BackupOpener.TryOpen(Hashed(header), passphrase, out _));
    }

    /// <summary>Whoever planted it made the hash anew; nothing is derived, or this would not end.</summary>
    [Theory]
    [InlineData(int.MaxValue, 1, 1)]
    [InlineData((1024 * 1024) + 1, 1, 1)]
    [InlineData(64, int.MaxValue, 1)]
    [InlineData(64, 17, 1)]
    [InlineData(1024, 1, 17)]
    [InlineData(7, 1, 1)]
    [InlineData(64, 0, 1)]
    [InlineData(64, 1, 0)]
    [InlineData(-1, -1, -1)]
    public void What_asks_for_too_much_is_refused_before_anything_is_derived(int memory, int passes, int lanes)
    {
        var (header, _) = Sealed(1);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(CostAt), memory);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(CostAt + 4), passes);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(CostAt + 8), lanes);
        Assert.Equal(BackupOpening.TooCostly, BackupOpener.TryOpen(Hashed(header), passphrase, out _));
    }

    [Fact]
    public void A_change_that_is_hashed_anew_opens_nothing()
    {
        var (header, _) = Sealed(1);
        for (var at = CostAt + 12; at < HashAt; at++)
        {
            byte[] changed = [.. header];
            changed[at] ^= 1;
            Assert.Equal(BackupOpening.WrongPassphrase, BackupOpener.TryOpen(Hashed(changed), passphrase, out _));
        }
    }

    [Fact]
    public void A_cut_at_a_border_and_within_a_chunk_is_a_cut()
    {
        var (_, chunks) = Sealed(3);
        Assert.Equal([BackupChunk.Truncated], Opened(chunks[..1]));
        Assert.Equal([BackupChunk.Opened, BackupChunk.Truncated], Opened(chunks[..2]));
        foreach (var length in new[] { 0, 1, 15, 16, BackupSealer.ChunkSize, BackupSealer.SealedChunkSize - 1 })
        {
            Assert.Equal([BackupChunk.Truncated], Opened([chunks[0][..length]]));
            Assert.Equal(
                [BackupChunk.Opened, BackupChunk.Opened, BackupChunk.Truncated],
                Opened([chunks[0], chunks[1], chunks[2][..length]])
            );
        }
    }

    [Fact]
    public void A_flipped_bit_in_any_part_of_a_chunk_is_damage()
    {
        var (_, chunks) = Sealed(2);
        foreach (
            var at in new[]
            {
                0,
                77,
                BackupSealer.ChunkSize - 1,
                BackupSealer.ChunkSize,
                BackupSealer.SealedChunkSize - 1,
            }
        )
        {
            foreach (var index in new[] { 0, 1 })
            {
                var changed = chunks.Select(chunk => (byte[])[.. chunk]).ToList();
                changed[index][at] ^= 0x80;
                Assert.Equal(BackupChunk.Damaged, Opened(changed)[index]);
            }
        }
    }

    [Fact]
    public void Chunks_out_of_their_order_and_after_the_end_are_damage()
    {
        var (_, chunks) = Sealed(3);
        Assert.Equal(BackupChunk.Damaged, Opened([chunks[1], chunks[0], chunks[2]])[0]);
        Assert.Equal(BackupChunk.Damaged, Opened([chunks[0], chunks[0], chunks[2]])[1]);
        Assert.Equal(BackupChunk.Damaged, Opened([chunks[0], chunks[2]])[1]);
        // The last one with something behind it.
        Assert.Equal(BackupChunk.Damaged, Opened([.. chunks, chunks[2]])[2]);
    }

    [Fact]
    public void Of_another_backup_under_the_same_passphrase_no_chunk_is_taken()
    {
        var (header, _) = Sealed(1);
        using var other = new BackupSealer(passphrase, [.. salt.Reverse()], cheap);
        var foreign = new byte[BackupSealer.SealedChunkSize];
        other.Seal(Plain(0), final: true, foreign);
        BackupOpener.TryOpen(header, passphrase, out var opener);
        using (opener)
        {
            var plain = new byte[BackupSealer.ChunkSize];
            plain.AsSpan().Fill(1);
            Assert.Equal(BackupChunk.Damaged, opener!.Open(foreign, isLast: true, plain));
            Assert.True(plain.All(value => value == 0));
        }
    }

    [Fact]
    public void A_sealer_ends_with_its_final_chunk()
    {
        using var sealer = new BackupSealer(passphrase, salt, cheap);
        var chunk = new byte[BackupSealer.SealedChunkSize];
        Assert.Throws<ArgumentException>(() => sealer.Seal(new byte[5], false, chunk));
        sealer.Seal(Plain(0), final: true, chunk);
        Assert.Throws<InvalidOperationException>(() => sealer.Seal(Plain(1), false, chunk));
    }

    /// <summary>What came of each chunk, until one does not open.</summary>
    private static List<BackupChunk> Opened(IReadOnlyList<byte[]> chunks)
    {
        BackupOpener.TryOpen(Sealed(1).Header, passphrase, out var opener);
        using (opener)
        {
            var plain = new byte[BackupSealer.ChunkSize];
            var said = new List<BackupChunk>();
            for (var i = 0; i < chunks.Count && said.All(one => one == BackupChunk.Opened); i++)
            {
                said.Add(opener!.Open(chunks[i], i == chunks.Count - 1, plain));
            }
            return said;
        }
    }

    private static (byte[] Header, List<byte[]> Chunks) Sealed(int count)
    {
        using var sealer = new BackupSealer(passphrase, salt, cheap);
        var chunks = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            var chunk = new byte[BackupSealer.SealedChunkSize];
            sealer.Seal(Plain(i), i == count - 1, chunk);
            chunks.Add(chunk);
        }
        return (sealer.Header.ToArray(), chunks);
    }

    private static byte[] Plain(int index)
    {
        var plain = new byte[BackupSealer.ChunkSize];
        plain.AsSpan().Fill((byte)(index + 1));
        return plain;
    }

    private static byte[] Hashed(byte[] header) => [.. header[..HashAt], .. SHA256.HashData(header.AsSpan(0, HashAt))];
}
