using Toss.Testing.Wine;
using Xunit;

namespace Toss.Tests.Real.Wine;

/// <summary>One Windows for all tests of this folder: to make it takes as long as most of them together.</summary>
[CollectionDefinition(nameof(WineCollection))]
public sealed class WineCollection : ICollectionFixture<WineFixture>;

public sealed class WineFixture : IAsyncLifetime
{
    public WinePrefix Prefix { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Prefix = await WinePrefix.StartAsync();

    public ValueTask DisposeAsync() => Prefix.DisposeAsync();
}
