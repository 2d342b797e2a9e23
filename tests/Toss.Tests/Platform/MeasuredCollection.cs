using Xunit;

namespace Toss.Tests.Platform;

/// <summary>What the whole process allocates is measured here: nothing else may run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredCollection
{
    public const string Name = "measured";
}
