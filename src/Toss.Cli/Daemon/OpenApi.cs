namespace Toss.Cli.Daemon;

/// <summary>The reference of the control API, docs/api/openapi.json, as it was when this program was built.</summary>
internal static class OpenApi
{
    /// <summary>As the project file names it.</summary>
    private const string Resource = "openapi.json";

    public static Stream Open() => typeof(OpenApi).Assembly.GetManifestResourceStream(Resource)!;
}
