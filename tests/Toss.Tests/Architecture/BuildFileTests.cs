using System.Xml;
using System.Xml.Linq;
using Xunit;

namespace Toss.Tests.Architecture;

public sealed class BuildFileTests
{
    public static TheoryData<string> ProjectFiles =>
        [.. Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(ProjectFiles))]
    public void ProjectIsInTheSolution(string file)
    {
        var solution = XDocument.Parse(Repository.Read("Toss.slnx"));

        Assert.Contains(file, solution.Descendants("Project").Select(project => project.Attribute("Path")!.Value));
    }

    [Theory]
    [MemberData(nameof(ProjectFiles))]
    public void ProjectHasItsLockFile(string file) =>
        Assert.Contains(file[..(file.LastIndexOf('/') + 1)] + "packages.lock.json", Repository.TrackedFiles);

    [Theory]
    [MemberData(nameof(ProjectFiles))]
    public void ProjectTakesVersionsFromTheCentralFile(string file)
    {
        var project = XDocument.Parse(Repository.Read(file));

        Violations.None(project.Descendants("PackageReference").Attributes("Version"));
        Violations.None(project.Descendants("PackageReference").Attributes("VersionOverride"));
        Violations.None(project.Descendants("TargetFramework"));
    }

    /// <summary>The compiled assembly says so itself, whichever file set the property.</summary>
    [Fact]
    public void ShippedProjectsAreCompatibleWithNativeAot()
    {
        var silent = Repository.Projects.Where(project =>
            !Compiled
                .Module(project)
                .Assembly.CustomAttributes.Any(attribute =>
                    attribute.AttributeType.Name == "AssemblyMetadataAttribute"
                    && attribute.ConstructorArguments is [{ Value: "IsAotCompatible" }, { Value: "True" }]
                )
        );

        Violations.None(silent);
    }

    [Fact]
    public void EveryPinSaysWhy()
    {
        var pins = XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion");
        var silent =
            from pin in pins
            where PreviousUnlessText(pin) is not XComment { Value.Length: > 10 }
            select pin.Attribute("Include")!.Value;

        Violations.None(silent);
    }

    private static XNode? PreviousUnlessText(XNode node)
    {
        var previous = node.PreviousNode;
        while (previous is { NodeType: XmlNodeType.Text })
        {
            previous = previous.PreviousNode;
        }

        return previous;
    }
}
