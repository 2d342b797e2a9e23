using Google.Protobuf;
using Google.Protobuf.Reflection;
using Toss.Testing;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Wire;

public sealed class WireReaderTests
{
    /// <summary>Every message type of the protocol.</summary>
    public static IEnumerable<TheoryDataRow<string>> Types =>
        Descriptors().Select(descriptor => new TheoryDataRow<string>(descriptor.Name));

    [Fact]
    public void Longer_than_the_limit_is_refused_before_it_is_parsed()
    {
        var bytes = new Signed { Body = ByteString.CopyFrom(new byte[100]) }.ToByteArray();
        Assert.True(WireReader.TryRead<Signed>(bytes, bytes.Length, out var message));
        Assert.Equal(100, message.Body.Length);
        Assert.False(WireReader.TryRead<Signed>(bytes, bytes.Length - 1, out message));
        Assert.Empty(message.Body);
    }

    [Fact]
    public void Unknown_fields_are_dropped()
    {
        // Field 100, a varint, behind a known field.
        byte[] bytes = [.. new Signed { Body = ByteString.CopyFrom(7) }.ToByteArray(), 0xa0, 0x06, 0x2a];
        Assert.True(WireReader.TryRead<Signed>(bytes, 100, out var message));
        Assert.Equal(new Signed { Body = ByteString.CopyFrom(7) }.ToByteArray(), message.ToByteArray());
    }

    [Theory]
    [InlineData("0a")] // a tag without a length
    [InlineData("0aff")] // a length without its end
    [InlineData("0a05aa")] // fewer bytes than said
    [InlineData("0affffffff0f")] // a length of minus one
    [InlineData("0affffffff07")] // two gigabytes
    [InlineData("00")] // field number zero
    [InlineData("0b")] // a group that never ends
    [InlineData("0c")] // the end of no group
    [InlineData("08ffffffffffffffffffff01")] // a varint of eleven bytes
    public void Malformed_bytes_are_an_answer_not_an_exception(string hex) =>
        Assert.False(WireReader.TryRead<Signed>(Convert.FromHexString(hex), 1000, out _));

    [Fact]
    public void Text_that_is_not_UTF_8_never_throws()
    {
        byte[] bytes = [0x22, 2, 0xc3, 0x28];
        if (WireReader.TryRead<Card>(bytes, 100, out var card))
        {
            Assert.DoesNotContain('\u00c3', card.Name);
        }
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        // A group in a group in a group: unknown fields are skipped recursively.
        Assert.False(WireReader.TryRead<Signed>(Enumerable.Repeat((byte)0x23, 10_000).ToArray(), 100_000, out _));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_cut_and_any_noise_parses_or_is_refused_and_never_throws(string type)
    {
        var descriptor = Descriptors().Single(candidate => candidate.Name == type);
        var full = Fill(descriptor, 4).ToByteArray();
        Assert.True(Read(descriptor, full));
        for (var length = 0; length < full.Length; length++)
        {
            Read(descriptor, full.AsSpan(0, length));
        }
        var random = new SeededRandomSource(1);
        var noise = new byte[64];
        for (var i = 0; i < 200; i++)
        {
            random.Fill(noise);
            Read(descriptor, noise);
            var altered = full.ToArray();
            if (altered.Length > 0)
            {
                altered[(noise[0] | (noise[1] << 8)) % altered.Length] ^= noise[2];
                Read(descriptor, altered);
            }
        }
    }

    [Fact]
    public void The_list_of_types_is_not_empty() => Assert.True(Descriptors().Count > 40);

    private static List<MessageDescriptor> Descriptors() =>
        [
            .. new[]
            {
                IdentityReflection.Descriptor,
                PairingReflection.Descriptor,
                EnvelopeReflection.Descriptor,
                ClipReflection.Descriptor,
                RecordsReflection.Descriptor,
                RelayReflection.Descriptor,
            }.SelectMany(file => file.MessageTypes),
        ];

    /// <summary>Through WireReader itself, which is generic over the type.</summary>
    private static bool Read(MessageDescriptor descriptor, ReadOnlySpan<byte> bytes)
    {
        var reader = typeof(WireReaderTests)
            .GetMethod(
                nameof(ReadAs),
                System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static
            )!
            .MakeGenericMethod(descriptor.ClrType)
            .CreateDelegate<Func<byte[], bool>>();
        return reader(bytes.ToArray());
    }

    private static bool ReadAs<T>(byte[] bytes)
        where T : class, IMessage<T>, new()
    {
        if (!WireReader.TryRead<T>(bytes, Limits.RelayFrame, out var message))
        {
            return false;
        }
        // What was read can be written and read again.
        return WireReader.TryRead<T>(message.ToByteArray(), Limits.RelayFrame, out var again) && again.Equals(message);
    }

    /// <summary>A message with every field set, as deep as asked.</summary>
    private static IMessage Fill(MessageDescriptor descriptor, int depth)
    {
        var message = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        foreach (var field in descriptor.Fields.InDeclarationOrder())
        {
            object? value = field.FieldType switch
            {
                FieldType.Bytes => ByteString.CopyFrom([1, 2, 3, 4, 5]),
                FieldType.String => "text ä",
                FieldType.Bool => true,
                FieldType.UInt32 => 300u,
                FieldType.UInt64 => 1UL << 60,
                FieldType.Int64 => -1L,
                FieldType.Int32 => -1,
                FieldType.Enum => 1,
                FieldType.Message when depth > 0 => Fill(field.MessageType, depth - 1),
                FieldType.Message => null,
                _ => throw new InvalidOperationException($"{field.FullName} has a type this test does not fill."),
            };
            if (value is null)
            {
                continue;
            }
            if (field.IsRepeated)
            {
                ((System.Collections.IList)field.Accessor.GetValue(message)).Add(
                    field.FieldType == FieldType.Enum ? Enum.ToObject(field.EnumType.ClrType, value) : value
                );
            }
            else
            {
                field.Accessor.SetValue(message, value);
            }
        }
        return message;
    }
}
