using System.Diagnostics;
using System.Xml.Linq;
using Xunit;

namespace Toss.Tests.Architecture;

/// <summary>The repository these tests were built from: its files as git sees them, and its projects.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Tracked and not yet tracked files, never ignored ones; relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles("--cached", "--others", "--exclude-standard");

    /// <summary>Only what is committed or staged.</summary>
    public static IReadOnlyList<string> TrackedFiles { get; } = ListFiles("--cached");

    /// <summary>Tracked files with git's mode 100755, which is the same on every platform.</summary>
    public static IReadOnlyList<string> ExecutableFiles { get; } =
    [
        .. RunGit("--stage")
            .Where(line => line.StartsWith("100755 ", StringComparison.Ordinal))
            .Select(line => line.Split('\t', 2)[1]),
    ];

    /// <summary>Hand-written C# of the shipped projects.</summary>
    public static IEnumerable<string> ProductionFiles =>
        Files.Where(file =>
            file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)
        );

    /// <summary>Names of the shipped projects: `Toss.Wire`, …</summary>
    public static IReadOnlyList<string> Projects { get; } =
    [
        .. Files
            .Where(file =>
                file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal)
            )
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal),
    ];

    public static string FullPath(string file) => Path.Combine(Root, file);

    public static string Read(string file) => File.ReadAllText(FullPath(file));

    public static string[] ReadLines(string file) => File.ReadAllLines(FullPath(file));

    public static bool Exists(string path) => File.Exists(FullPath(path)) || Directory.Exists(FullPath(path));

    public static XDocument LoadProject(string project) => XDocument.Load(FullPath($"src/{project}/{project}.csproj"));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Toss.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Toss.slnx above {AppContext.BaseDirectory}.");
    }

    // A file deleted but not yet staged is still listed.
    private static IReadOnlyList<string> ListFiles(params string[] options) =>
        [.. RunGit(options).Distinct().Where(Exists)];

    private static string[] RunGit(params string[] options)
    {
        // safe.directory: a build server's checkout often belongs to another user.
        var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", "ls-files", "-z", .. options])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start)!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, $"git ls-files ended with {git.ExitCode}");
        return output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }
}
