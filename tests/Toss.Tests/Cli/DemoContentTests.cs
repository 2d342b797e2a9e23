using Toss.Cli.Commands.Demo;
using Xunit;

namespace Toss.Tests.Cli;

public sealed class DemoContentTests
{
    [Fact]
    public void Contents_are_what_the_demo_promises()
    {
        var contents = DemoContent.All(FakeControl.Now);
        Assert.Equal(["text", "text, 1 MiB", "HTML", "PNG"], contents.Select(content => content.Kind));
        Assert.True(contents[1].Bytes.Length >= 1024 * 1024);
        Assert.True(contents[3].Bytes.Length > 200 * 1024);
        var image = contents[3].Bytes;
        // Its length fields and checksums hold: walked chunk by chunk to the very end.
        var position = 8;
        while (position < image.Length)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(position));
            position += 12 + length;
        }
        Assert.Equal(image.Length, position);
        // The CRC of an empty IEND is a constant of the format.
        Assert.Equal([0xAE, 0x42, 0x60, 0x82], image[^4..]);
        Assert.NotEqual(contents[0].Bytes, DemoContent.All(FakeControl.Now.AddSeconds(1))[0].Bytes);
    }
}
