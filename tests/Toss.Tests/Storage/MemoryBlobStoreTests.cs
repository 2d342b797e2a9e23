using Toss.Core.Ports;
using Toss.Testing.Storage;

namespace Toss.Tests.Storage;

public sealed class MemoryBlobStoreTests : BlobStoreConformance
{
    protected override ValueTask<IBlobStore> OpenAsync() => new(new MemoryBlobStore());
}
