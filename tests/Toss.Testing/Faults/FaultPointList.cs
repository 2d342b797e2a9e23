using System.Text.RegularExpressions;
using Toss.Core.Ports;
using Toss.Relay.Mailboxes;

namespace Toss.Testing.Faults;

/// <summary>Every fault point there is, read from the code: what stands in calls of `FaultPoint`, with the steps of both stores.</summary>
public static partial class FaultPointList
{
    /// <summary>The top of the repository that these tests were built from.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Hand-written code of the projects that compile `FaultPoint`; relative, with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. new[] { "Toss.Storage", "Toss.Platform", "Toss.Relay" }.SelectMany(project =>
            Directory
                .EnumerateFiles(Path.Combine(Root, "src", project), "*.cs", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
                .Where(file => !file.Contains("/obj/") && !file.Contains("/bin/"))
                .Order(StringComparer.Ordinal)
        ),
    ];

    /// <summary>Names by side: `before` and `after`.</summary>
    public static ILookup<string, string> BySide { get; } =
        Files
            .SelectMany(file => Call().Matches(File.ReadAllText(Path.Combine(Root, file))))
            .SelectMany(call => Expand(call.Groups[2].Value), (call, name) => (Side: call.Groups[1].Value, Name: name))
            .ToLookup(point => point.Side.ToLowerInvariant(), point => point.Name);

    /// <summary>Every name once, in the order of their text.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [.. BySide.SelectMany(names => names).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Expand(string name) =>
        name switch
        {
            "Store.{step}" => Enum.GetNames<StoreStep>().Select(step => $"Store.{step}"),
            "Relay.{work.Step}" => Enum.GetNames<RelayStep>().Select(step => $"Relay.{step}"),
            _ when name.Contains('{') => throw new InvalidDataException(
                $"The fault point {name} is made of something that has no list: add it here."
            ),
            _ => [name],
        };

    private static string FindRoot()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Toss.slnx")))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException("the tests do not lie in the repository");
        }
        return root.FullName;
    }

    [GeneratedRegex("""FaultPoint\.(Before|After)\(\$?"([^"]+)"\)""")]
    private static partial Regex Call();
}
