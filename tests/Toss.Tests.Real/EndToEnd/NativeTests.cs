using System.Runtime.InteropServices;
using System.Text;
using Toss.Core.Clips;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>The programs as users get them: compiled ahead of time by scripts/package.</summary>
[Trait("Tier", "native")]
public sealed class NativeTests
{
    [Fact]
    public async Task Native_programs_pair_and_share()
    {
        var programs = BuiltPrograms.Native(Folder());
        await using var left = await XvfbServer.StartAsync();
        await using var right = await XvfbServer.StartAsync();
        await using var here = new X11Programs(left.Display);
        await using var there = new X11Programs(right.Display);
        await using var two = await TwoPrograms.StartAsync(left.Display, right.Display, programs);
        // The very process: not `dotnet`, and not a script.
        Assert.Equal(programs.Toss[0], new FileInfo($"/proc/{two.A.DaemonPid}/exe").ResolveLinkTarget(true)?.FullName);
        Assert.Equal(programs.Relay[0], new FileInfo($"/proc/{two.Relay.Id}/exe").ResolveLinkTarget(true)?.FullName);

        await TwoPrograms.PairAsync(
            two.A,
            two.B,
            opened => [.. opened.Code.Split(' '), "--relay", two.Relay.Url.AbsoluteUri]
        );
        foreach (
            var (target, content) in new (string, byte[])[]
            {
                ("UTF8_STRING", Encoding.UTF8.GetBytes("grüße from native code")),
                ("text/html", "<p>native</p>"u8.ToArray()),
                ("UTF8_STRING", SharingTests.MebibyteOfText()),
            }
        )
        {
            await here.XclipCopyAsync(content, target);
            await two.B.HoldsAsync(content, target == "UTF8_STRING" ? MediaTypes.Text : target);
            Assert.Equal(content, await there.XclipPasteAsync(target));
        }
        await two.B.CopyAsync("and back");
        await two.A.PastesAsync("and back");
        Assert.Equal(4, (await two.A.JsonAsync("history")).GetArrayLength());
        (await two.A.RunAsync("down")).Exits(0);
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
