using Toss.Platform.Hosting.Windows;
using Xunit;

namespace Toss.Tests.Platform;

/// <summary>What of the start on Windows can be told without Windows.</summary>
public sealed class WindowsHostingTests
{
    private const string User = "S-1-5-21-1-2-3-1001";

    [Fact]
    public void Everything_lies_below_the_local_application_data()
    {
        var folders = WindowsFolders.From(_ => null, User, "/users/ann/local");
        Assert.Equal("default", folders.Instance);
        Assert.Equal("/users/ann/local/Toss/config", folders.Config);
        Assert.Equal("/users/ann/local/Toss/data", folders.Data);
        Assert.Equal("/users/ann/local/Toss/state", folders.State);
        Assert.Equal(folders.State, folders.Runtime);
    }

    [Fact]
    public void Toss_home_names_the_instance()
    {
        var folders = WindowsFolders.From(name => name == "TOSS_HOME" ? "/x/two/" : null, User, "/users/ann/local");
        Assert.Equal("/x/two", folders.Instance);
        Assert.Equal("/x/two/data", folders.Data);
    }

    [Fact]
    public void Control_is_a_pipe_of_this_user_and_instance_whatever_the_case_of_the_path()
    {
        var pipe = Pipe(User, "/x/two");
        Assert.Matches(@"^\\\\\.\\pipe\\toss-[0-9a-f]{24}$", pipe);
        Assert.Equal(pipe, Pipe(User, "/X/Two"));
        Assert.NotEqual(pipe, Pipe(User, "/x/three"));
        Assert.NotEqual(pipe, Pipe("S-1-5-21-1-2-3-1002", "/x/two"));

        static string Pipe(string user, string home) => WindowsFolders.From(_ => home, user, "/l").ControlSocket;
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "\"\"")]
    [InlineData("two words", "\"two words\"")]
    [InlineData(@"C:\no\need", @"C:\no\need")]
    [InlineData(@"C:\Program Files\", @"""C:\Program Files\\""")]
    [InlineData("say \"hi\"", @"""say \""hi\""""")]
    [InlineData(@"slash\""mark", @"""slash\\\""mark""")]
    public void Arguments_are_quoted_as_the_runtime_of_c_reads_them(string argument, string quoted) =>
        Assert.Equal(quoted, WindowsCommandLine.Quoted(argument));

    [Fact]
    public void Variables_are_sorted_and_ended_and_removed_ones_are_not_there() =>
        Assert.Equal(
            "A=1\0b=\0C=x=y\0\0",
            WindowsCommandLine.Environment(
                new Dictionary<string, string?>
                {
                    ["C"] = "x=y",
                    ["gone"] = null,
                    ["A"] = "1",
                    ["b"] = "",
                }
            )
        );
}
