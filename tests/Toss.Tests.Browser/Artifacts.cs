using Toss.Testing.Faults;

namespace Toss.Tests.Browser;

/// <summary>What the tests leave for people: pictures of every screen, and figures.</summary>
internal static class Artifacts
{
    private static string Folder => Path.Combine(FaultPointList.Root, "artifacts", "screens");

    public static string Picture(string name)
    {
        Directory.CreateDirectory(Folder);
        return Path.Combine(Folder, name + ".png");
    }

    public static void Figure(string name, string value)
    {
        Directory.CreateDirectory(Folder);
        File.AppendAllText(Path.Combine(Folder, "figures.txt"), $"{name}: {value}\n");
    }
}
