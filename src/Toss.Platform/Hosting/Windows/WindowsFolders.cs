using System.Security.Cryptography;
using System.Text;

namespace Toss.Platform.Hosting.Windows;

/// <summary>
/// Where an instance keeps things on Windows. All of it is below the local application data, nothing below the roaming
/// one: a device whose keys follow its user to a second machine would be there twice.
/// </summary>
internal static class WindowsFolders
{
    public const string PipePrefix = @"\\.\pipe\";

    /// <summary>The rule itself; <paramref name="user"/> is the security identifier.</summary>
    public static TossFolders From(Func<string, string?> variable, string user, string localApplicationData)
    {
        var chosen = variable("TOSS_HOME") is { Length: > 0 } home
            ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(home))
            : null;
        var root = chosen ?? Path.Combine(localApplicationData, "Toss");
        var state = Path.Combine(root, "state");
        return new(
            chosen ?? "default",
            Path.Combine(root, "config"),
            Path.Combine(root, "data"),
            state,
            // Nothing lies there: pipes have no folder.
            state
        )
        {
            ControlSocket = PipePrefix + PipeName(user, root),
        };
    }

    /// <summary>
    /// The names of pipes belong to the whole machine, and their case does not count, as that of paths. The hash keeps
    /// users and instances apart; that it is really ours, both ends ask the system.
    /// </summary>
    private static string PipeName(string user, string root) =>
        $"toss-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{user}\n{root.ToUpperInvariant()}")))[..24]}";
}
