using Toss.Platform.Hosting;

namespace Toss.Cli.Daemon.Screens;

/// <summary>What the screens have on the disk.</summary>
/// <param name="App">The folder with the files of the app.</param>
/// <param name="Memory">The file by which pages find the next agent.</param>
internal sealed record ScreenPaths(string App, string Memory)
{
    public static ScreenPaths Of(TossFolders folders) =>
        new(ScreenFiles.DefaultFolder(), Path.Combine(folders.Runtime, "screens.json"));
}
