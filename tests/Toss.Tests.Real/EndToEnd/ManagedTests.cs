using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>The programs as the build leaves them, which the runtime compiles as it goes: what `./toss` starts.</summary>
public sealed class ManagedTests
{
    [Fact]
    public Task Managed_programs_pair_and_share() =>
        SharingTests.PairAndShareAsync(BuiltPrograms.Managed, Environment.ProcessPath!, Environment.ProcessPath!);
}
