using System.Text.Json.Serialization;

namespace Toss.Relay.Hosting;

/// <summary>What /health answers: enough to watch a relay, nothing about anybody.</summary>
public sealed record HealthReport(
    string Status,
    string Version,
    uint Protocol,
    int Connections,
    int Online,
    long Mailboxes,
    long Envelopes,
    long EnvelopeBytes,
    long Blobs,
    long BlobBytes,
    long BlobsUnfinished,
    int Circuits,
    long CircuitsOpened,
    long CircuitBytes,
    long CircuitBytesDropped,
    long CircuitBytesByUdp
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
