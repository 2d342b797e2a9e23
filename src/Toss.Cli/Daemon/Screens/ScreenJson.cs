using System.Text.Json.Serialization;

namespace Toss.Cli.Daemon.Screens;

/// <summary>What the screens write down for themselves.</summary>
[JsonSerializable(typeof(ScreenPlace))]
internal sealed partial class ScreenJson : JsonSerializerContext;
