using System.Text.Json.Serialization;
using Toss.Cli.Commands.Demo;

namespace Toss.Cli.Commands.Output;

/// <summary>The default encoder stays: what it escapes is what could harm a terminal.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(IReadOnlyList<DeviceJson>))]
[JsonSerializable(typeof(HistoryJson))]
[JsonSerializable(typeof(IReadOnlyList<HistoryJson>))]
[JsonSerializable(typeof(PairCodeJson))]
[JsonSerializable(typeof(PairedJson))]
[JsonSerializable(typeof(PairFailedJson))]
[JsonSerializable(typeof(UpJson))]
[JsonSerializable(typeof(DoneJson))]
[JsonSerializable(typeof(LogLineJson))]
[JsonSerializable(typeof(DemoReport))]
internal sealed partial class CliJson : JsonSerializerContext;
