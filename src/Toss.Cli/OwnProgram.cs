namespace Toss.Cli;

/// <summary>Where this program and its neighbours are.</summary>
internal static class OwnProgram
{
    /// <summary>The command that starts this program again: its executable, or `dotnet toss.dll` if it was started so.</summary>
    public static IReadOnlyList<string> Command
    {
        get
        {
            var path = Environment.ProcessPath ?? "toss";
            return Path.GetFileNameWithoutExtension(path) == "dotnet"
                ? [path, Path.Combine(AppContext.BaseDirectory, "toss.dll")]
                : [path];
        }
    }

    /// <summary>`toss-relay`: beside this program, or in development where its own project builds it. Null if it is not there.</summary>
    public static string? FindRelay()
    {
        var name = OperatingSystem.IsWindows() ? "toss-relay.exe" : "toss-relay";
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string[] candidates =
        [
            Path.Combine(here, name),
            Path.Combine(here.Replace("Toss.Cli", "Toss.Relay", StringComparison.Ordinal), name),
        ];
        return candidates.FirstOrDefault(File.Exists);
    }
}
