using System.Diagnostics;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>The screens of the real program, asked by curl, and by another user of this computer.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ScreenTests
{
    private const string Nobody = "65534";

    [Fact]
    public async Task The_screens_are_there_for_who_was_let_in_and_nobody_else()
    {
        await using var toss = await TossProgram.StartAsync("alpha-desk", null);
        var url = new Uri((await toss.RunAsync("ui", "--print")).Exits(0).Output.Trim());
        Assert.Matches(@"^toss-[0-9a-f]{20}\.localhost$", url.Host);
        var site = $"http://{url.Authority}";
        using var folder = new TemporaryFolder();
        var jar = folder["cookies"];

        Assert.Equal("401", await StatusAsync(url, $"{site}/"));
        Assert.Equal("401", await StatusAsync(url, $"{site}/login?t=0000"));
        // A name of somebody else's that leads here, and a name that everybody knows.
        Assert.Equal("400", await StatusAsync(url, url.AbsoluteUri, "-H", "Host: rebound.example"));
        Assert.Equal("400", await StatusAsync(url, $"http://127.0.0.1:{url.Port}{url.PathAndQuery}"));
        Assert.Equal("200", await StatusAsync(url, url.AbsoluteUri, "-c", jar));
        Assert.Equal("401", await StatusAsync(url, url.AbsoluteUri));

        Assert.Equal("200", await StatusAsync(url, $"{site}/", "-b", jar));
        var status = await CurlAsync(url, $"{site}/api/status", "-b", jar, "-H", "Toss-Control-Version: 1");
        Assert.Contains("\"alpha-desk\"", status);
        var snapshot = await CurlAsync(
            url,
            $"{site}/api/events",
            "-b",
            jar,
            "-H",
            "Toss-Control-Version: 1",
            "-m",
            "2"
        );
        Assert.Contains("\"event\":\"snapshot\"", snapshot);
        string[] foreign = ["-b", jar, "-H", "Toss-Control-Version: 1", "-H"];
        Assert.Equal(
            "403",
            await StatusAsync(url, $"{site}/api/status", [.. foreign, "Origin: http://rebound.example"])
        );
        Assert.Equal("403", await StatusAsync(url, $"{site}/api/status", [.. foreign, "Origin: http://localhost:1"]));
        Assert.Equal("403", await StatusAsync(url, $"{site}/api/status", [.. foreign, "Sec-Fetch-Site: same-site"]));

        // No ticket and no session is written down anywhere.
        var log = await File.ReadAllTextAsync(Path.Combine(toss.Folders.State, "toss.log"));
        var session = (await File.ReadAllTextAsync(jar)).Trim().Split('\t')[^1];
        Assert.Equal(64, session.Length);
        Assert.DoesNotContain(session, log);
        Assert.DoesNotContain(url.Query[3..], log);
        Assert.DoesNotContain(url.Host, log);

        (await toss.RunAsync("ui", "--close")).Exits(0);
        Assert.Equal("000", await StatusAsync(url, $"{site}/", "-b", jar));
    }

    [Fact]
    public async Task Another_user_of_this_computer_gets_neither_socket_nor_ticket()
    {
        await using var toss = await TossProgram.StartAsync("alpha-desk", null);
        using var folder = new TemporaryFolder();
        // A browser with windows of its own that cannot start, as there is no display, and a desktop that writes down what it was
        // asked to open and with which words, and goes where the page leads.
        var opener = folder["xdg-open"];
        await WriteProgramAsync(folder["chromium"], $"printf '%s\\n' \"$@\" >{folder["window"]}; exit 1");
        await WriteProgramAsync(
            opener,
            $$"""
            printf '%s\n' "$@" >{{folder["asked"]}}
            cat "$1" >{{folder["page"]}}
            url=$(sed 's/.*0;url=\([^"]*\)".*/\1/' "$1")
            rest=${url#http://*:}
            curl -s -o /dev/null --resolve "*:${rest%%/*}:127.0.0.1" "$url"
            """
        );
        toss.Variables["PATH"] = $"{Path.GetDirectoryName(opener)}:{Environment.GetEnvironmentVariable("PATH")}";
        (await toss.RunAsync("ui")).Exits(0);
        await Eventually.HoldsAsync("the page to be opened", () => Task.FromResult(File.Exists(folder["page"])));
        await Eventually.HoldsAsync(
            "the page to be read",
            async () => (await File.ReadAllTextAsync(folder["page"])).Contains("/login?t=")
        );
        var asked = (await File.ReadAllTextAsync(folder["asked"])).Trim();
        Assert.DoesNotContain("login", asked);
        Assert.Equal($"--app={new Uri(asked).AbsoluteUri}\n", await File.ReadAllTextAsync(folder["window"]));

        // As root these would read anything: it is another user who tries.
        Assert.Equal((1, ""), await RunAsync("setpriv", [.. AsNobody, "cat", asked]));
        var socket = toss.Folders.ControlSocket;
        string[] open =
        [
            "curl",
            "-s",
            "--unix-socket",
            socket,
            "-H",
            "Toss-Control-Version: 1",
            "-d",
            """{"link":null}""",
        ];
        var (exit, answer) = await RunAsync("setpriv", [.. AsNobody, .. open, "http://toss/screens/open"]);
        Assert.Equal((7, ""), (exit, answer));
        // Its owner is let in by the same words.
        Assert.Contains("login", (await RunAsync("curl", [.. open[1..], "http://toss/screens/open"])).Output);
    }

    private static async Task WriteProgramAsync(string file, string script)
    {
        await File.WriteAllTextAsync(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string[] AsNobody => [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups"];

    private static Task<string> StatusAsync(Uri url, string asked, params string[] options) =>
        CurlAsync(url, asked, [.. options, "-o", "/dev/null", "-w", "%{http_code}"]);

    private static async Task<string> CurlAsync(Uri url, string asked, params string[] options) =>
        (await RunAsync("curl", ["-s", "--resolve", $"{url.Authority}:127.0.0.1", .. options, asked])).Output;

    private static async Task<(int Exit, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await Watchdog.Within(process.StandardOutput.ReadToEndAsync(), $"{program} to end");
        await Watchdog.Within(process.WaitForExitAsync(), $"{program} to end");
        await errors;
        return (process.ExitCode, output);
    }
}
