using Toss.Testing.Net;

namespace Toss.Testing.Programs;

/// <summary>How `toss` and `toss-relay` are started: what is built beside the tests, or what was compiled ahead of time.</summary>
/// <param name="Toss">The command, to which the arguments are added.</param>
/// <param name="Relay">Likewise.</param>
public sealed record BuiltPrograms(IReadOnlyList<string> Toss, IReadOnlyList<string> Relay)
{
    /// <summary>Names a folder with native binaries: every test of processes then runs with them.</summary>
    public const string NativeFolderVariable = "TOSS_NATIVE_DIR";

    public static BuiltPrograms Default { get; } =
        Environment.GetEnvironmentVariable(NativeFolderVariable) is { Length: > 0 } folder ? Native(folder) : Managed;

    /// <summary>What is built beside the tests, for the runtime to compile as it goes.</summary>
    public static BuiltPrograms Managed =>
        new(["dotnet", Built("toss.dll")], ["dotnet", "exec", Built("toss-relay.dll")]);

    /// <summary>The same, on another machine.</summary>
    public BuiltPrograms In(LabNamespace space) => new([.. space.Entering, .. Toss], [.. space.Entering, .. Relay]);

    /// <exception cref="FileNotFoundException">One of the two is not in the folder.</exception>
    public static BuiltPrograms Native(string folder)
    {
        return new([Existing("toss")], [Existing("toss-relay")]);

        string Existing(string name)
        {
            var path = Path.GetFullPath(Path.Combine(folder, name));
            return File.Exists(path)
                ? path
                : throw new FileNotFoundException($"{path} is missing: run scripts/package first", path);
        }
    }

    private static string Built(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{name} is not beside the tests", path);
    }
}
