using Toss.Core.Ports;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Testing;
using Toss.Testing.Storage;

namespace Toss.Tests.Storage;

/// <summary>The store of the simulator: in memory, on the caller.</summary>
public sealed class InlineAgentStoreTests : AgentStoreConformance
{
    private readonly RecordCipher _cipher = new(new byte[RecordCipher.KeySize], new SeededRandomSource(1));

    protected override bool Persists => false;

    protected override async ValueTask<IAgentStore> OpenAsync() =>
        await SqliteAgentStore.OpenAsync(SqliteAgentStore.InMemory, _cipher, inline: true);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _cipher.Dispose();
    }
}
