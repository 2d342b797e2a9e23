using Xunit;

namespace Toss.Tests.Architecture;

/// <summary>
/// The analyzer's banned-API lists stop most of this at build time; metadata also shows what came through generated
/// code, suppressions and types the lists do not name.
/// </summary>
public sealed class PurityTests
{
    private static readonly string[] bannedInPure =
    [
        "System.IO.File",
        "System.IO.FileInfo",
        "System.IO.FileStream",
        "System.IO.Directory",
        "System.IO.DirectoryInfo",
        "System.Console",
        "System.Environment",
        "System.Random",
        "System.TimeProvider",
        "System.Diagnostics.Process",
        "System.Diagnostics.Stopwatch",
        "System.Threading.Thread",
        "System.Threading.ThreadPool",
        "System.Threading.Timer",
        "System.Threading.PeriodicTimer",
    ];

    private static readonly string[] bannedEverywhere =
    [
        "System.DateTime::get_Now",
        "System.DateTime::get_UtcNow",
        "System.DateTimeOffset::get_Now",
        "System.DateTimeOffset::get_UtcNow",
        "System.Guid::NewGuid",
        "System.Guid::CreateVersion7",
        "System.Random",
        "System.Threading.Thread::Sleep",
    ];

    // A simulation replays by seed only if the agent does everything on its one scheduler.
    private static readonly string[] bannedInAgent =
    [
        "System.IO.File",
        "System.IO.FileStream",
        "System.IO.Directory",
        "System.Console",
        "System.Environment",
        "System.Diagnostics.Process",
        "System.Threading.Thread",
        "System.Threading.ThreadPool",
        "System.Threading.Timer",
        "System.Threading.Tasks.Task::Run",
        "System.Threading.Tasks.Task::ConfigureAwait",
        "System.Threading.Tasks.Task`1::ConfigureAwait",
        "System.TimeProvider::get_System",
    ];

    public static TheoryData<string> Pure => ["Toss.Wire", "Toss.Crypto", "Toss.Core", "Toss.Quic", "Toss.Transport"];

    public static TheoryData<string> Projects => [.. Repository.Projects];

    [Theory]
    [MemberData(nameof(Pure))]
    public void PureProjectTouchesNothingOutside(string project)
    {
        var uses = Compiled.Uses(project);

        // Toss.Core.Scheduling is where waiting itself is made (decision 6); the analyzer holds the rest of the project.
        IEnumerable<string> allowed = project == "Toss.Core" ? ["System.TimeProvider"] : [];
        Violations.None(uses.Intersect(bannedInPure).Except(allowed));
        // AddressFamily is only how an IPAddress says which it is.
        Assert.DoesNotContain(
            uses,
            use =>
                use.StartsWith("System.Net.Sockets.", StringComparison.Ordinal)
                && !use.StartsWith("System.Net.Sockets.AddressFamily", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(uses, use => use.StartsWith("System.Net.Http.", StringComparison.Ordinal));
        Assert.DoesNotContain(uses, use => use.StartsWith("Microsoft.Extensions.Logging.", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void ClocksAndRandomnessAreInjected(string project) =>
        Violations.None(Compiled.Uses(project).Intersect(bannedEverywhere));

    [Fact]
    public void AgentSeesEdgesOnlyAsPorts()
    {
        var uses = Compiled.Uses("Toss.Agent");

        Violations.None(uses.Intersect(bannedInAgent));
        Assert.DoesNotContain(uses, use => use.StartsWith("System.Net.Sockets.", StringComparison.Ordinal));
    }

    /// <summary>
    /// The relay and the page in the browser reference no Toss.Crypto and draw their nonces themselves; everybody else is given
    /// IRandomSource.
    /// </summary>
    [Fact]
    public void SystemRandomnessIsDrawnInThreePlaces()
    {
        var users = Repository.Projects.Where(project =>
            Compiled.Uses(project).Contains("System.Security.Cryptography.RandomNumberGenerator")
        );

        Violations.None(users.Except(["Toss.Crypto", "Toss.Relay", "Toss.Ui"]));
    }
}
