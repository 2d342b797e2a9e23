using Toss.Platform;
using Toss.Platform.Hosting.Windows;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Windows;

public sealed class WindowsBackgroundTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Output_goes_to_the_file_arguments_and_variables_arrive_and_the_end_is_seen()
    {
        using var process = WindowsBackground.Start(
            ["cmd.exe", "/c", "echo %TOSS_TRY% & exit 7"],
            _folder["output"],
            new Dictionary<string, string?> { ["TOSS_TRY"] = "hello from it" }
        );
        await Watchdog.Within(process.WaitForExitAsync(), "cmd.exe to end");
        Assert.Equal(7, process.ExitCode);
        Assert.StartsWith("hello from it", await File.ReadAllTextAsync(_folder["output"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_is_not_there_is_named()
    {
        var failure = Assert.Throws<PlatformException>(() =>
            WindowsBackground.Start([_folder["nothing.exe"]], _folder["output"], new Dictionary<string, string?>())
        );
        Assert.Contains("nothing.exe", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
