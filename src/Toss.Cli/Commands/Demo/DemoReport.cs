namespace Toss.Cli.Commands.Demo;

/// <summary>`toss demo --json`.</summary>
internal sealed record DemoReport(bool Ok, IReadOnlyList<DemoResult> Results, DemoKept? Kept);

/// <summary>One kind of content on its way from A to B. Milliseconds are from the copy to B's clipboard having it.</summary>
internal sealed record DemoResult(
    string Kind,
    string MediaType,
    long Bytes,
    string Route,
    double Milliseconds,
    string Sha256Sent,
    string Sha256Received,
    bool Ok
);

/// <summary>What `--keep` left running, and how to use and end it.</summary>
internal sealed record DemoKept(
    string Folder,
    string RelayUrl,
    IReadOnlyList<DemoKeptDevice> Devices,
    IReadOnlyList<int> Pids
);

internal sealed record DemoKeptDevice(string Name, string TossHome, string? Display);
