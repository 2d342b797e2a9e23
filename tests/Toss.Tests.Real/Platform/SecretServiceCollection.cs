using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>The session bus is the process's: these tests run one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SecretServiceCollection
{
    public const string Name = "secret service";
}
