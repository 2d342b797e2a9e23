using System.Text;
using Toss.Control;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Tests.Real.EndToEnd;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>`toss history --keep` with the real login of this machine, for a user made for the test (needs root).</summary>
public sealed class PamLoginTests
{
    private const string Password = "correct horse battery ünd staple";

    [Fact]
    public async Task The_user_s_own_password_and_no_other_keeps_the_history_of_a_removed_device()
    {
        await using var user = await LoginUser.CreateAsync(Password);
        await using var relay = await RelayProcess.StartAsync();
        await using var a = await TossProgram.StartAsync("alpha-desk", relay.Url);
        await using var b = new TossProgram("beta-lap", null, user.Run(BuiltPrograms.Default));
        await user.OwnAsync(Path.GetDirectoryName(b.Home)!);
        await b.UpAsync("--name", b.Name);
        await TwoPrograms.PairAsync(a, b, opened => [opened.Uri]);
        await a.CopyAsync("shared while together");
        await b.PastesAsync("shared while together");
        await a.JsonAsync("unpair", "beta-lap");
        await Eventually.HoldsAsync("B to be alone", async () => (await b.PeersAsync()).Length == 0, b.StateAsync);
        await DepartureTests.AssertLockedAsync(b);

        foreach (var wrong in new[] { Password + "!", "x" })
        {
            Assert.Equal(ControlErrors.WrongPassword, await RefusedAsync(b, wrong));
        }
        await DepartureTests.AssertLockedAsync(b);

        (await b.RunWithInputAsync(Encoding.UTF8.GetBytes(Password + "\n"), "history", "--keep")).Exits(0);

        var kept = Assert.Single((await b.JsonAsync("history")).EnumerateArray());
        Assert.Equal("shared while together", kept.GetProperty("preview").GetString());
        Assert.Equal(ControlErrors.Empty, await RefusedAsync(b, Password));
        var log = await File.ReadAllTextAsync(Path.Combine(b.Folders.State, "toss.log"));
        Assert.Contains("was kept by its user", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, log, StringComparison.Ordinal);
    }

    private static async Task<string> RefusedAsync(TossProgram program, string password)
    {
        var result = await program.RunWithInputAsync(Encoding.UTF8.GetBytes(password), "history", "--keep", "--json");
        return result.JsonError().GetProperty("code").GetString()!;
    }
}
