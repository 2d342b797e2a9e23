using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Toss.Cli.Daemon.Screens;

/// <summary>
/// The files of the screens' app, out of the folder `ui` beside this program. A request is a name in a table, and no path on a
/// disk. The table is made anew each time that the screens are opened.
/// </summary>
internal sealed partial class ScreenFiles
{
    /// <summary>Another folder, for a build that lies elsewhere.</summary>
    public const string FolderVariable = "TOSS_UI";

    private const string Index = "index.html";
    private const string BrotliEnding = ".br";
    private const string MapBegin = "<script type=\"importmap\">";
    private const string MapEnd = "</script>";

    private static readonly FrozenDictionary<string, string> types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".json"] = "application/json",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".wasm"] = "application/wasm",
        [".dat"] = "application/octet-stream",
        [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, ScreenFile> _files;

    private ScreenFiles(FrozenDictionary<string, ScreenFile> files, string? importMapHash)
    {
        _files = files;
        ImportMapHash = importMapHash;
    }

    /// <summary>Of the one inline script there is, which says what the runtime's files are called: `sha256-…`; null without one.</summary>
    public string? ImportMapHash { get; }

    /// <summary>Beside this program, or where the variable says.</summary>
    public static string DefaultFolder() =>
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } other
            ? Path.GetFullPath(other)
            : Path.Combine(AppContext.BaseDirectory, "ui");

    public static ScreenFiles Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return new ScreenFiles(FrozenDictionary<string, ScreenFile>.Empty, null);
        }
        var names = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))
            .ToHashSet();
        var files = names
            .Select(name => name.EndsWith(BrotliEnding, StringComparison.Ordinal) ? name[..^BrotliEnding.Length] : name)
            .Distinct()
            .Where(name => types.ContainsKey(Path.GetExtension(name)))
            .ToFrozenDictionary(name => name, name => Describe(folder, names, name));
        return new ScreenFiles(files, files.TryGetValue(Index, out var index) ? HashOfMap(ReadText(index)) : null);
    }

    public async Task ServeAsync(HttpContext context)
    {
        if (_files.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = types[".txt"];
            await context.Response.WriteAsync("This build of toss has no screens beside it.\n", context.RequestAborted);
            return;
        }
        var name = context.Request.Path.Value!.TrimStart('/');
        // Addresses within the app have no ending; whatever they are, its page shows them.
        if (
            !_files.TryGetValue(name, out var file) && (Path.HasExtension(name) || !_files.TryGetValue(Index, out file))
        )
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        await SendAsync(context, file, isPage: file == _files.GetValueOrDefault(Index));
    }

    private static async Task SendAsync(HttpContext context, ScreenFile file, bool isPage)
    {
        var (request, response) = (context.Request, context.Response);
        if (!isPage)
        {
            response.Headers.CacheControl = file.Tag is null
                ? "private, max-age=31536000, immutable"
                : "private, no-cache";
            response.Headers.Vary = "Accept-Encoding";
            response.Headers.ETag = file.Tag;
            if (file.Tag is not null && request.Headers.IfNoneMatch == file.Tag)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        response.ContentType = file.ContentType;
        var takesBrotli = request
            .Headers.AcceptEncoding.ToString()
            .Split(',')
            .Any(one => one.Split(';')[0].Trim() == "br");
        if (file.Brotli is not null && (takesBrotli || file.Plain is null))
        {
            await using var compressed = File.OpenRead(file.Brotli);
            if (takesBrotli)
            {
                response.Headers.ContentEncoding = "br";
                response.ContentLength = compressed.Length;
                await compressed.CopyToAsync(response.Body, context.RequestAborted);
                return;
            }
            await using var plain = new BrotliStream(compressed, CompressionMode.Decompress);
            await plain.CopyToAsync(response.Body, context.RequestAborted);
            return;
        }
        await using var content = File.OpenRead(file.Plain!);
        response.ContentLength = content.Length;
        await content.CopyToAsync(response.Body, context.RequestAborted);
    }

    private static ScreenFile Describe(string folder, HashSet<string> names, string name)
    {
        var file = new ScreenFile(
            names.Contains(name) ? Path.Combine(folder, name) : null,
            names.Contains(name + BrotliEnding) ? Path.Combine(folder, name + BrotliEnding) : null,
            types[Path.GetExtension(name)],
            null
        );
        return Fingerprinted().IsMatch(name) ? file : file with { Tag = $"\"{HashOf(Open(file))}\"" };
    }

    private static Stream Open(ScreenFile file) =>
        file.Plain is not null
            ? File.OpenRead(file.Plain)
            : new BrotliStream(File.OpenRead(file.Brotli!), CompressionMode.Decompress);

    private static string ReadText(ScreenFile file)
    {
        using var text = new StreamReader(Open(file), Encoding.UTF8);
        return text.ReadToEnd();
    }

    private static string HashOf(Stream content)
    {
        using (content)
        {
            return Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16));
        }
    }

    private static string? HashOfMap(string page)
    {
        var begin = page.IndexOf(MapBegin, StringComparison.Ordinal) + MapBegin.Length;
        var end = begin < MapBegin.Length ? -1 : page.IndexOf(MapEnd, begin, StringComparison.Ordinal);
        return end < 0
            ? null
            : $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(page[begin..end])))}";
    }

    /// <summary>The SDK's: ten characters of a hash before the ending. What is in such a file never changes.</summary>
    [GeneratedRegex(@"^_framework/.+\.[0-9a-z]{10}\.(?:js|wasm|dat)$")]
    private static partial Regex Fingerprinted();
}
