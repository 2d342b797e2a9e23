using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Crypto;

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
);

/// <summary>What the person who starts the agent says; null leaves what was said before.</summary>
public sealed record AgentOptions(
    string? Name,
    Uri? Relay,
    string? RelayToken,
    string Version,
    int ProcessId,
    string KeyStoreKind
);
