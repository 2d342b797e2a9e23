using System.Runtime.InteropServices;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>The programs as users get them: compiled ahead of time by scripts/package.</summary>
[Trait("Tier", "native")]
public sealed class NativeTests
{
    [Fact]
    public Task Native_programs_pair_and_share()
    {
        var programs = BuiltPrograms.Native(Folder());
        // The very process: not `dotnet`, and not a script.
        return SharingTests.PairAndShareAsync(programs, programs.Toss[0], programs.Relay[0]);
    }

    [Fact]
    public async Task Native_programs_share_over_a_link_though_the_relay_is_dead()
    {
        await using var two = await TwoPrograms.StartAsync(programs: BuiltPrograms.Native(Folder()), usesLinks: true);
        await two.PairAsync();
        await two.A.LinkedAsync();
        await two.B.LinkedAsync();
        await two.Relay.KillAsync();
        await two.A.CopyAsync("native, over a link");
        await two.B.PastesAsync("native, over a link");
    }

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable(BuiltPrograms.NativeFolderVariable) is { Length: > 0 } named)
        {
            return named;
        }
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Toss.slnx")))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException("the tests do not lie in the repository");
        }
        var machine = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        return Path.Combine(root.FullName, "artifacts", "package", machine);
    }
}
