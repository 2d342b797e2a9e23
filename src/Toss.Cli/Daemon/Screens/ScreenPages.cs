using System.Collections.Frozen;

namespace Toss.Cli.Daemon.Screens;

/// <summary>The files of the screens, out of this program. A request is a name in a table and no path on a disk.</summary>
internal static class ScreenPages
{
    /// <summary>As the project file names them.</summary>
    private const string Prefix = "screens/";

    private static readonly FrozenDictionary<string, string> types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary();

    public static void Map(IEndpointRouteBuilder app)
    {
        var assembly = typeof(ScreenPages).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix)))
        {
            var name = resource[Prefix.Length..];
            var type = types[Path.GetExtension(name)];
            app.MapGet(
                name == "index.html" ? "/" : "/" + name,
                async context =>
                {
                    await using var file = assembly.GetManifestResourceStream(resource)!;
                    context.Response.ContentType = type;
                    context.Response.ContentLength = file.Length;
                    await file.CopyToAsync(context.Response.Body, context.RequestAborted);
                }
            );
        }
    }
}
