using System.Text;
using Toss.Platform.Hosting;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class TossFoldersTests
{
    [Fact]
    public void Follows_the_xdg_directories()
    {
        var folders = From(
            new()
            {
                ["HOME"] = "/home/ann",
                ["XDG_CONFIG_HOME"] = "/c",
                ["XDG_DATA_HOME"] = "/d",
                ["XDG_STATE_HOME"] = "/s",
                ["XDG_RUNTIME_DIR"] = "/r",
            }
        );
        Assert.Equal(new TossFolders("default", "/c/toss", "/d/toss", "/s/toss", "/r/toss"), folders);
        Assert.Equal("/r/toss/control.sock", folders.ControlSocket);
    }

    [Fact]
    public void Falls_back_to_the_home_folder_and_ignores_relative_paths()
    {
        var folders = From(
            new() { ["HOME"] = "/home/ann", ["XDG_CONFIG_HOME"] = "relative" },
            exists: ["/run/user/1000"]
        );
        Assert.Equal("/home/ann/.config/toss", folders.Config);
        Assert.Equal("/home/ann/.local/share/toss", folders.Data);
        Assert.Equal("/home/ann/.local/state/toss", folders.State);
        Assert.Equal("/run/user/1000/toss", folders.Runtime);
    }

    [Fact]
    public void Without_a_runtime_folder_the_socket_lies_in_tmp_under_the_user_id()
    {
        var folders = From(new() { ["HOME"] = "/home/ann" });
        Assert.Matches("^/tmp/toss-1000-[0-9a-f]{12}$", folders.Runtime);
    }

    [Fact]
    public void Toss_home_holds_everything_and_names_the_instance()
    {
        var folders = From(new() { ["TOSS_HOME"] = "/x/two/", ["XDG_RUNTIME_DIR"] = "/r" });
        Assert.Equal(new TossFolders("/x/two", "/x/two/config", "/x/two/data", "/x/two/state", "/x/two/run"), folders);
    }

    [Theory]
    [InlineData("/r")]
    [InlineData(null)]
    public void A_socket_path_always_fits(string? runtime)
    {
        for (var length = 1; length < 300; length++)
        {
            var home = "/" + new string('\u00e9', length);
            var folders = From(new() { ["TOSS_HOME"] = home, ["XDG_RUNTIME_DIR"] = runtime });
            Assert.InRange(Encoding.UTF8.GetByteCount(folders.ControlSocket), 1, 107);
            Assert.NotEqual(
                folders.Runtime,
                From(new() { ["TOSS_HOME"] = home + "2", ["XDG_RUNTIME_DIR"] = runtime }).Runtime
            );
        }
    }

    [Fact]
    public void A_runtime_folder_that_is_too_long_is_not_used()
    {
        var folders = From(new() { ["HOME"] = "/home/ann", ["XDG_RUNTIME_DIR"] = "/" + new string('r', 120) });
        Assert.StartsWith("/tmp/toss-1000-", folders.Runtime, StringComparison.Ordinal);
    }

    private static TossFolders From(Dictionary<string, string?> variables, params string[] exists) =>
        TossFolders.From(name => variables.GetValueOrDefault(name), 1000, exists.Contains);
}
