using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Toss.Cli.Daemon.Screens;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Cli.Screens;

/// <summary>The files of the screens, as they are published: most of them compressed alone.</summary>
public sealed class ScreenFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ScreenFilesTests() => SampleScreens.Install(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Compressed_ones_go_as_they_are_to_who_takes_them()
    {
        var (context, body) = await GetAsync("/" + SampleScreens.Runtime, "gzip, br;q=1.0");
        Assert.Equal(200, context.Response.StatusCode);
        Assert.Equal("br", context.Response.Headers.ContentEncoding);
        Assert.Equal("application/wasm", context.Response.ContentType);
        Assert.Equal("Accept-Encoding", context.Response.Headers.Vary);
        Assert.Equal(body.Length, context.Response.ContentLength);
        using var plain = new StreamReader(new BrotliStream(new MemoryStream(body), CompressionMode.Decompress));
        Assert.Equal("wasm", await plain.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gzip, deflate")]
    [InlineData("brx")]
    public async Task Others_get_them_plain(string accepts)
    {
        var (context, body) = await GetAsync("/" + SampleScreens.Runtime, accepts);
        Assert.Equal("", context.Response.Headers.ContentEncoding.ToString());
        Assert.Equal("wasm", Encoding.UTF8.GetString(body));
    }

    [Fact]
    public async Task What_has_its_content_in_its_name_is_kept_for_ever_and_the_rest_is_asked_for_again()
    {
        var (named, _) = await GetAsync("/" + SampleScreens.Runtime);
        Assert.Equal("private, max-age=31536000, immutable", named.Response.Headers.CacheControl);
        Assert.Equal("", named.Response.Headers.ETag.ToString());
        var (script, _) = await GetAsync("/js/boot.js");
        Assert.Equal("private, no-cache", script.Response.Headers.CacheControl);
        var tag = script.Response.Headers.ETag.ToString();
        Assert.Matches("^\"[0-9a-f]{32}\"$", tag);
        var (same, nothing) = await GetAsync("/js/boot.js", tag: tag);
        Assert.Equal(304, same.Response.StatusCode);
        Assert.Empty(nothing);
        SampleScreens.Compress(_folder.Path, "js/boot.js", "boot(2)");
        var (changed, _) = await GetAsync("/js/boot.js", tag: tag);
        Assert.Equal(200, changed.Response.StatusCode);
    }

    [Theory]
    [InlineData("/secret")]
    [InlineData("/pair")]
    [InlineData("/")]
    [InlineData("/a/b/c")]
    public async Task What_has_no_ending_is_an_address_of_the_app(string path)
    {
        var (context, body) = await GetAsync(path, accepts: "");
        Assert.Equal("text/html; charset=utf-8", context.Response.ContentType);
        Assert.Equal(SampleScreens.Page, Encoding.UTF8.GetString(body));
    }

    [Theory]
    [InlineData("/tool.exe")]
    [InlineData("/index.html.br")]
    [InlineData("/../icon.svg")]
    [InlineData("/js/../icon.svg")]
    [InlineData("/JS/boot.js")]
    public async Task What_is_no_name_in_the_table_is_nothing(string path) =>
        Assert.Equal(404, (await GetAsync(path)).Context.Response.StatusCode);

    [Fact]
    public void The_inline_script_is_let_in_by_its_hash() =>
        Assert.Equal(SampleScreens.ImportMapHash, ScreenFiles.Read(_folder.Path).ImportMapHash);

    [Fact]
    public async Task Without_an_app_it_is_said()
    {
        var none = ScreenFiles.Read(_folder["nothing"]);
        Assert.Null(none.ImportMapHash);
        var (context, body) = await GetAsync("/", files: none);
        Assert.Equal(503, context.Response.StatusCode);
        Assert.Contains("no screens", Encoding.UTF8.GetString(body));
    }

    private async Task<(HttpContext Context, byte[] Body)> GetAsync(
        string path,
        string accepts = "br",
        string? tag = null,
        ScreenFiles? files = null
    )
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Path = path }, Response = { Body = body } };
        context.Request.Headers.AcceptEncoding = accepts;
        context.Request.Headers.IfNoneMatch = tag;
        await (files ?? ScreenFiles.Read(_folder.Path)).ServeAsync(context);
        return (context, body.ToArray());
    }
}
