using Xunit;

namespace Toss.Tests.Architecture;

/// <summary>A project exists where the compiler must hold a line; these are the lines between them.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> allowedProjects = new()
    {
        ["Toss.Wire"] = [],
        ["Toss.Crypto"] = ["Toss.Wire"],
        ["Toss.Core"] = ["Toss.Wire", "Toss.Crypto"],
        // QUIC knows nothing of Toss: it could be published on its own.
        ["Toss.Quic"] = [],
        ["Toss.Transport"] = ["Toss.Quic", "Toss.Wire", "Toss.Crypto"],
        ["Toss.Net"] = ["Toss.Transport", "Toss.Core"],
        ["Toss.Storage"] = ["Toss.Core"],
        ["Toss.Platform"] = ["Toss.Core"],
        ["Toss.Control"] = [],
        ["Toss.Agent"] = ["Toss.Core", "Toss.Control"],
        ["Toss.Cli"] =
        [
            "Toss.Wire",
            "Toss.Crypto",
            "Toss.Core",
            "Toss.Quic",
            "Toss.Transport",
            "Toss.Net",
            "Toss.Storage",
            "Toss.Platform",
            "Toss.Control",
            "Toss.Agent",
        ],
        // A page in a browser: it has what the agent tells it, and nothing else.
        ["Toss.Ui"] = ["Toss.Control"],
        // The relay must not be able to open anything: it never sees Toss.Crypto.
        ["Toss.Relay"] = ["Toss.Wire"],
    };

    // A heavy dependency is a reason for a project, so each stays in its own.
    private static readonly Dictionary<string, string[]> allowedPackages = new()
    {
        ["Toss.Wire"] = ["Google.Protobuf", "Grpc.Tools"],
        ["Toss.Crypto"] = ["BouncyCastle.Cryptography"],
        ["Toss.Core"] = ["StbImageSharp"],
        ["Toss.Quic"] = ["BouncyCastle.Cryptography", "Microsoft.CodeAnalysis.PublicApiAnalyzers"],
        ["Toss.Storage"] = ["Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3"],
        ["Toss.Agent"] = ["Microsoft.Extensions.Logging.Abstractions"],
        ["Toss.Cli"] = ["System.CommandLine", "Spectre.Console", "QRCoder"],
        ["Toss.Ui"] = ["Microsoft.AspNetCore.Components.WebAssembly", "QRCoder"],
        ["Toss.Relay"] = ["BouncyCastle.Cryptography", "Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3"],
    };

    public static TheoryData<string> Projects => [.. Repository.Projects];

    [Fact]
    public void EveryProjectHasItsRule() =>
        Assert.Equal(allowedProjects.Keys.Order(StringComparer.Ordinal), Repository.Projects);

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFileReferencesOnlyItsProjects(string project)
    {
        var actual = Include(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path));

        Violations.None(actual.Except(allowedProjects[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFileReferencesOnlyItsPackages(string project)
    {
        var actual = Include(project, "PackageReference");

        Violations.None(actual.Except(allowedPackages.GetValueOrDefault(project, [])));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void AssemblyReferencesOnlyItsProjects(string project)
    {
        var allowed = WithTransitive(project).Select(Compiled.AssemblyName).ToHashSet();
        var actual = AssemblyReferences(project)
            .Where(name => name.StartsWith("toss", StringComparison.OrdinalIgnoreCase));

        Violations.None(actual.Except(allowed));
    }

    /// <summary>Transitive packages could be used without being named in the project file; the metadata shows it.</summary>
    [Theory]
    [InlineData("Microsoft.Data.Sqlite", "Toss.Storage", "Toss.Relay")]
    [InlineData("SQLitePCLRaw", "Toss.Storage", "Toss.Relay")]
    [InlineData("BouncyCastle", "Toss.Crypto", "Toss.Quic", "Toss.Relay")]
    [InlineData("StbImageSharp", "Toss.Core")]
    [InlineData("QRCoder", "Toss.Cli", "Toss.Ui")]
    [InlineData("Microsoft.AspNetCore.Components", "Toss.Ui")]
    [InlineData("Spectre.Console", "Toss.Cli")]
    [InlineData("System.CommandLine", "Toss.Cli")]
    public void HeavyDependencyStaysInItsProjects(string assembly, params string[] owners)
    {
        var users = Repository.Projects.Where(project =>
            AssemblyReferences(project).Any(name => name.StartsWith(assembly, StringComparison.Ordinal))
        );

        Violations.None(users.Except(owners));
    }

    [Fact]
    public void RelayCanVerifySignaturesAndOpenNothing()
    {
        string[] allowed =
        [
            "Org.BouncyCastle.Crypto.AsymmetricKeyParameter",
            "Org.BouncyCastle.Crypto.ICipherParameters",
            "Org.BouncyCastle.Crypto.ISigner",
        ];
        var cryptography = Compiled
            .Uses("Toss.Relay")
            .Where(use => !use.Contains("::", StringComparison.Ordinal))
            .Where(use =>
                use.StartsWith("Org.BouncyCastle.", StringComparison.Ordinal)
                    && !use.Split('.')[^1].StartsWith("Ed25519", StringComparison.Ordinal)
                || use is "System.Security.Cryptography.AesGcm" or "System.Security.Cryptography.Aes"
            );

        Violations.None(cryptography.Except(allowed));
    }

    /// <summary>
    /// Beside the platform's calls, one file of the network has those of UDP that .NET has no name for, and one of the storage those for
    /// the columns of a row, which a search asks a million times.
    /// </summary>
    [Fact]
    public void OnlyPlatformAndTwoFilesCallNativeCode()
    {
        var callers =
            from project in Repository.Projects
            where project != "Toss.Platform"
            from type in Compiled.Module(project).GetTypes()
            where type.FullName is not ("Toss.Net.Udp.LinuxSockets" or "Toss.Storage.Sqlite.NativeColumns")
            from method in type.Methods
            where method.IsPInvokeImpl
            select $"{project}: {type.FullName}.{method.Name}";

        Violations.None(callers);
    }

    private static IEnumerable<string> Include(string project, string element) =>
        Repository
            .LoadProject(project)
            .Descendants(element)
            .Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'));

    private static IEnumerable<string> AssemblyReferences(string project) =>
        Compiled.Module(project).AssemblyReferences.Select(reference => reference.Name);

    private static HashSet<string> WithTransitive(string project)
    {
        var all = new HashSet<string>();
        var open = new Stack<string>(allowedProjects[project]);
        while (open.TryPop(out var next))
        {
            if (all.Add(next))
            {
                foreach (var reference in allowedProjects[next])
                {
                    open.Push(reference);
                }
            }
        }

        return all;
    }
}
