using System.Text.Json.Serialization;

namespace Toss.Cli.Commands.Doctor;

/// <summary>Indented: somebody reads it before it is published.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(BugReport))]
internal sealed partial class BugReportJson : JsonSerializerContext;
