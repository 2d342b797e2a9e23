using System.Reflection;

namespace Toss.Cli;

/// <summary>The version of this program, as `toss --version` and `toss status` say it.</summary>
internal static class ProductVersion
{
    public static string Text { get; } =
        typeof(ProductVersion)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion
        ?? "unknown";
}
