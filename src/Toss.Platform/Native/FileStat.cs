namespace Toss.Platform.Native;

/// <summary>What Linux says of a file: parts of `struct statx`, whose layout is the same on every architecture.</summary>
internal readonly record struct FileStat(
    ushort Mode,
    ulong Inode,
    long Size,
    long Blocks,
    long Seconds,
    uint Nanoseconds
)
{
    private const ushort TypeMask = 0xF000;
    private const ushort Regular = 0x8000;
    private const ushort Directory = 0x4000;
    private const ushort Link = 0xA000;
    private const ushort OwnerExecutes = 0x40;
    private const int Block = 512;

    public bool IsFile => (Mode & TypeMask) == Regular;

    public bool IsFolder => (Mode & TypeMask) == Directory;

    public bool IsLink => (Mode & TypeMask) == Link;

    public bool IsExecutable => (Mode & OwnerExecutes) != 0;

    /// <summary>Less is stored than it is long.</summary>
    public bool IsSparse => Blocks * Block < Size;

    public static unsafe FileStat Read(byte* statx) =>
        new(
            *(ushort*)(statx + 28),
            *(ulong*)(statx + 32),
            *(long*)(statx + 40),
            *(long*)(statx + 48),
            *(long*)(statx + 112),
            *(uint*)(statx + 120)
        );
}
