using System.Diagnostics;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Shells;

/// <summary>What `toss completions` prints, in the shells it is for.</summary>
public sealed class CompletionTests(CompletionTests.Scripts scripts) : IClassFixture<CompletionTests.Scripts>
{
    /// <summary>What is typed, the cursor at its end; and words that must, and must not, be offered.</summary>
    public static TheoryData<string, string, string> Lines =>
        new()
        {
            { "toss ", "pair history completions", "out --relay" },
            { "toss his", "history", "pair" },
            { "toss pair --", "--yes --relay --json", "--limit" },
            { "toss --json history --l", "--limit", "--lines" },
            { "toss rules ", "out in reset", "pair" },
            { "toss rules out ", "automatic ask never default", "pair reset" },
            { "toss rules out --type p", "picture", "pair" },
            { "toss completions ", "bash zsh fish", "pair" },
            { "toss copy --file ./com", "./completed-file", "history" },
        };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Bash(string line, string offered, string not) =>
        AssertOffers(
            await RunAsync(
                "bash",
                "--norc",
                "-c",
                """
                source "$1"; line=$2; read -ra COMP_WORDS <<< "$line"; [[ $line == *' ' ]] && COMP_WORDS+=("")
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); compopt() { :; }; _toss; printf '%s\n' "${COMPREPLY[@]}"
                """,
                "bash",
                scripts.Of("bash"),
                line
            ),
            offered,
            not
        );

    /// <summary>Without a terminal zsh completes nothing: the function runs in it, and what it calls prints what it is given.</summary>
    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Zsh(string line, string offered, string not) =>
        AssertOffers(
            await RunAsync(
                "zsh",
                "-f",
                "-c",
                """
                autoload -Uz compinit; compinit -u -D; words=("${(@Q)${(z)2}}"); [[ $2 == *' ' ]] && words+=("")
                CURRENT=${#words}
                _describe() { local one; for one in "${(@P)3}"; print -r -- "${one%%:*}" }
                compadd() { shift; print -rl -- "$@" }; _files() { print -rl -- ${words[CURRENT]}*(N) }
                source "$1"; _toss | while read -r one; do [[ $one == ${words[CURRENT]}* ]] && print -r -- $one; done
                """,
                "zsh",
                scripts.Of("zsh"),
                line
            ),
            offered,
            not
        );

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Fish(string line, string offered, string not) =>
        AssertOffers(
            await RunAsync(
                "fish",
                "--no-config",
                "-c",
                "source $argv[1]; complete -C $argv[2]",
                scripts.Of("fish"),
                line
            ),
            offered,
            not
        );

    private static void AssertOffers(string output, string offered, string not)
    {
        var words = output.Split('\n').Select(line => line.Split('\t')[0].Trim()).ToHashSet();
        foreach (var word in offered.Split(' '))
        {
            Assert.True(words.Contains(word), $"{word} is not offered, but {string.Join(' ', words)}");
        }
        foreach (var word in not.Split(' '))
        {
            Assert.DoesNotContain(word, words);
        }
    }

    private async Task<string> RunAsync(string shell, params string[] arguments)
    {
        var start = new ProcessStartInfo(shell, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = scripts.Folder,
            Environment = { ["HOME"] = scripts.Folder, ["XDG_CONFIG_HOME"] = scripts.Folder },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await Watchdog.Within(process.StandardOutput.ReadToEndAsync(), $"{shell} to complete");
        await Watchdog.Within(process.WaitForExitAsync(), $"{shell} to end");
        Assert.Equal("", await errors);
        return output;
    }

    /// <summary>The scripts, as the program prints them.</summary>
    public sealed class Scripts : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();

        public string Folder => _folder["work"];

        public string Of(string shell) => _folder[shell];

        public async ValueTask InitializeAsync()
        {
            Directory.CreateDirectory(Folder);
            await File.WriteAllTextAsync(Path.Combine(Folder, "completed-file"), "");
            await using var toss = new TossProgram("none");
            foreach (var shell in new[] { "bash", "zsh", "fish" })
            {
                await File.WriteAllBytesAsync(Of(shell), (await toss.RunAsync("completions", shell)).Exits(0).Bytes);
            }
        }

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
