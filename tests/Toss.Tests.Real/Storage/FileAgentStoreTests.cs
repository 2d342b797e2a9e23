using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Testing.Storage;

namespace Toss.Tests.Real.Storage;

/// <summary>The store of a device: a file, and a thread of its own.</summary>
public sealed class FileAgentStoreTests : AgentStoreConformance
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordCipher _cipher = new(new byte[RecordCipher.KeySize], SystemRandomSource.Instance);

    protected override bool Persists => true;

    protected override async ValueTask<IAgentStore> OpenAsync() =>
        await SqliteAgentStore.OpenAsync(_directory.File("toss.db"), _cipher);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _cipher.Dispose();
        _directory.Dispose();
    }
}
