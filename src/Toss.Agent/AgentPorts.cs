using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Everything an agent touches of the world. It sees nothing else.</summary>
public sealed record AgentPorts(
    IAgentStore Store,
    IBlobStore Blobs,
    IClipboard Clipboard,
    IPeerNetwork Network,
    IRandomSource Random,
    TimeProvider Time,
    ILoggerFactory Logs
)
{
    /// <summary>Null where Toss cannot ask the operating system's login.</summary>
    public IUserLogin? Login { get; init; }

    /// <summary>Null where there are no files to send or to receive.</summary>
    public IFileTrees? Files { get; init; }

    /// <summary>Null for the usual one.</summary>
    public EchoFilter? Echo { get; init; }

    internal ClipId NewClipId()
    {
        Span<byte> random = stackalloc byte[10];
        Random.Fill(random);
        return ClipId.FromParts(Time.GetUtcNow().ToUnixTimeMilliseconds(), random);
    }
}

/// <summary>What the composition root knows of this process.</summary>
/// <param name="DefaultName">What the device is called until somebody renames it: the host's name.</param>
public sealed record AgentOptions(string DefaultName, string Version, int ProcessId, string KeyStoreKind)
{
    /// <summary>What a guess at a backup's passphrase costs.</summary>
    public PassphraseCost BackupCost { get; init; } = PassphraseCost.Default;

    /// <summary>Where store and blobs are, for a person to know.</summary>
    public string? Folder { get; init; }

    /// <summary>Where files are received until somebody chooses another folder; null if there is none.</summary>
    public string? ReceiveFolder { get; init; }

    /// <summary>Where copied files are that came, for a paste; owner-only, and nothing else is in it. Null if there is none.</summary>
    public string? CopiedFolder { get; init; }

    /// <summary>The log file.</summary>
    public string? Log { get; init; }
}
