using Toss.Platform.Native;
using Xunit;

namespace Toss.Tests.Platform.MacOs;

public sealed class AppleStatTests
{
    /// <summary>A struct stat as sys/stat.h of macOS has it: device, mode, links, inode, owner, group.</summary>
    [Fact]
    public void Owner_and_mode_are_found_in_what_macOS_says_of_a_file()
    {
        byte[] stat =
        [
            .. (byte[])[9, 0, 0, 1],
            .. (byte[])[0x80, 0x81],
            .. (byte[])[1, 0],
            .. (byte[])[8, 7, 6, 5, 4, 3, 2, 1],
            .. (byte[])[0xF5, 1, 0, 0],
            .. (byte[])[20, 0, 0, 0],
            .. new byte[120],
        ];
        Assert.Equal(144, stat.Length);
        Assert.Equal((501u, (ushort)0x8180), AppleStat.Parse(stat));
    }
}
