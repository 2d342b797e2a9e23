using Xunit;

namespace Toss.Tests.Architecture;

public sealed class HygieneTests
{
    // Put together here, so that this file does not contain them.
    private static readonly string[] forbiddenTexts =
    [
        string.Concat("/", "work", "/"),
        string.Concat("/", "root", "/"),
        string.Concat("nuget", ".org"),
        string.Concat("npmjs", "."),
        string.Concat("pypi", ".org"),
        string.Concat("crates", ".io"),
        string.Concat("proxy.golang", ".org"),
    ];

    [Fact]
    public void NoFileNamesAMachineOrARegistry()
    {
        var offenders =
            from file in Repository.Files
            where !IsBinary(file)
            let text = Repository.Read(file)
            from forbidden in forbiddenTexts
            where text.Contains(forbidden, StringComparison.OrdinalIgnoreCase)
            select $"{file}: {forbidden}";

        Violations.None(offenders);
    }

    [Fact]
    public void NothingGeneratedIsCommitted()
    {
        string[] folders = ["bin", "obj", "artifacts", "TestResults", "node_modules", ".vs", ".idea"];
        string[] endings = [".g.cs", ".Designer.cs", ".dll", ".exe", ".pdb", ".nupkg", ".trx", ".user", ".db", ".log"];
        var offenders = Repository.TrackedFiles.Where(file =>
            file.Split('/').Intersect(folders).Any()
            || endings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        );

        Violations.None(offenders);
    }

    [Fact]
    public void LinesEndInLineFeedsAndFilesInOne()
    {
        var offenders =
            from file in Repository.Files
            where !IsBinary(file)
            let text = Repository.Read(file)
            where text.Length > 0 && (text.Contains('\r') || text[^1] != '\n')
            where !file.EndsWith("packages.lock.json", StringComparison.Ordinal) // the SDK writes them
            select file;

        Violations.None(offenders);
    }

    [Fact]
    public void ScriptsAreExecutable()
    {
        var offenders = Repository.TrackedFiles.Where(file =>
            !IsBinary(file)
            && Repository.Read(file).StartsWith("#!", StringComparison.Ordinal)
            && !Repository.ExecutableFiles.Contains(file)
        );

        Violations.None(offenders);
    }

    private static bool IsBinary(string file)
    {
        if (file.EndsWith(".bin", StringComparison.Ordinal))
        {
            return true;
        }
        using var stream = File.OpenRead(Repository.FullPath(file));
        var head = new byte[8000];
        return head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)).Contains((byte)0);
    }
}
