namespace Toss.Relay;

/// <summary>The version of this program.</summary>
public static class RelayVersion
{
    public static string Text { get; } =
        typeof(RelayVersion).Assembly.GetName().Version is { } version
            ? $"{version.Major}.{version.Minor}.{version.Build}"
            : "0";
}
