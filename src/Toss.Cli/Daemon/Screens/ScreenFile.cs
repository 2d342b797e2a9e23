namespace Toss.Cli.Daemon.Screens;

/// <summary>A file of the screens as it lies on the disk: as it is, or compressed with brotli, or both.</summary>
/// <param name="Plain">Null where only the compressed one was installed.</param>
/// <param name="Brotli">Null where it is not worth it.</param>
/// <param name="Tag">What changes with its content; null where the name does.</param>
internal sealed record ScreenFile(string? Plain, string? Brotli, string ContentType, string? Tag);
