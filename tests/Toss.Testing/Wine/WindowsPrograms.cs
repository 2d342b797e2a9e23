namespace Toss.Testing.Wine;

/// <summary>Where the programs for Windows are that `scripts/package win-x64` and `scripts/wine` make.</summary>
public static class WindowsPrograms
{
    public static string Toss => Existing("artifacts/package/win-x64/toss.exe", "scripts/package win-x64");

    public static string Peer => Existing("artifacts/wine/winpeer.exe", "scripts/wine");

    public static string Tests => Existing("artifacts/wine/Toss.Tests.Windows.exe", "scripts/wine");

    private static string Existing(string file, string script)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Toss.slnx")))
            {
                var path = Path.Combine(folder.FullName, file);
                return File.Exists(path)
                    ? path
                    : throw new FileNotFoundException($"{path} is missing: run {script} first", path);
            }
        }
        throw new InvalidOperationException($"No Toss.slnx above {AppContext.BaseDirectory}.");
    }
}
