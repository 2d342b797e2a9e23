using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Toss.Tests.Cli.Screens;

/// <summary>A small app as scripts/ui leaves one: most of its files compressed alone.</summary>
internal static class SampleScreens
{
    public const string Runtime = "_framework/dotnet.0123abcdef.wasm";

    public const string Page =
        "<!doctype html><title>Toss</title><script type=\"importmap\">"
        + ImportMap
        + "</script><script src=a></script>\n";

    private const string ImportMap = "{\n  \"imports\": { \"./a.js\": \"./a.0123456789.js\" }\n}";

    public static string ImportMapHash =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(ImportMap)))}";

    public static void Install(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "_framework"));
        Directory.CreateDirectory(Path.Combine(folder, "js"));
        Compress(folder, "index.html", Page);
        Compress(folder, Runtime, "wasm");
        Compress(folder, "js/boot.js", "boot()");
        File.WriteAllText(Path.Combine(folder, "icon.svg"), "<svg/>");
        File.WriteAllText(Path.Combine(folder, "secret"), "no");
        File.WriteAllText(Path.Combine(folder, "tool.exe"), "no");
    }

    public static void Compress(string folder, string name, string content)
    {
        using var file = File.Create(Path.Combine(folder, name + ".br"));
        using var brotli = new BrotliStream(file, CompressionLevel.Fastest);
        brotli.Write(Encoding.UTF8.GetBytes(content));
    }
}
