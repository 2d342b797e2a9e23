using Toss.Control;

namespace Toss.Cli.Daemon.Screens;

/// <summary>Where the screens are, and who was let in.</summary>
/// <param name="Name">Of the host, without its port.</param>
internal sealed record ScreenPlace(string Name, int Port, IReadOnlyList<ScreenSession> Sessions);
