namespace Toss.Platform.Files;

/// <summary>Where people look for what came: the folder for downloads, as the desktop has it.</summary>
public static class DownloadFolder
{
    private const string Key = "XDG_DOWNLOAD_DIR=";
    private const string Home = "$HOME";

    /// <summary>Null where this user has no home.</summary>
    public static string? Find() =>
        Find(
            Environment.GetEnvironmentVariable,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            static path => File.Exists(path) ? File.ReadAllLines(path) : []
        );

    /// <summary>
    /// The rule itself. `user-dirs.dirs` is what xdg-user-dirs writes: one assignment a line, in quotes, absolute or below `$HOME`;
    /// the home itself stands for "none".
    /// </summary>
    public static string? Find(Func<string, string?> variable, string home, Func<string, IReadOnlyList<string>> read)
    {
        if (!Path.IsPathFullyQualified(home))
        {
            return null;
        }
        var fallback = Path.Combine(home, "Downloads");
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            return fallback;
        }
        var config =
            variable("XDG_CONFIG_HOME") is { Length: > 0 } chosen && Path.IsPathFullyQualified(chosen)
                ? chosen
                : Path.Combine(home, ".config");
        IReadOnlyList<string> lines;
        try
        {
            lines = read(Path.Combine(config, "user-dirs.dirs"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return fallback;
        }
        foreach (var line in lines.Select(static line => line.Trim()))
        {
            if (!line.StartsWith(Key, StringComparison.Ordinal))
            {
                continue;
            }
            var value = line[Key.Length..].Trim('"');
            var path = value.StartsWith(Home, StringComparison.Ordinal) ? home + value[Home.Length..] : value;
            return
                Path.IsPathFullyQualified(path)
                && Path.TrimEndingDirectorySeparator(path) != Path.TrimEndingDirectorySeparator(home)
                ? Path.TrimEndingDirectorySeparator(path)
                : fallback;
        }
        return fallback;
    }
}
