using Toss.Control;

namespace Toss.Agent;

/// <summary>What of others is in these programs and the screens, and under which licence: as its packages say.</summary>
internal static class AboutParts
{
    public static IReadOnlyList<PartReport> All { get; } =
    [
        new(".NET", "MIT"),
        new("BouncyCastle", "MIT"),
        new("Google.Protobuf", "BSD-3-Clause"),
        new("jsQR", "Apache-2.0"),
        new("QRCoder", "MIT"),
        new("Spectre.Console", "MIT"),
        new("SQLite", "blessing"),
        new("SQLitePCLRaw", "Apache-2.0"),
        new("StbImageSharp", "Unlicense"),
        new("System.CommandLine", "MIT"),
    ];
}
